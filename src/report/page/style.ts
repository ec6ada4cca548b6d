/** How the page looks: calm, light and dark, on a phone and on paper. Colours carry nothing that words do not say too. */
export const style = `
:root { color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1f2630; --soft: #525c69; --line: #e2dfd8; --accent: #2d5a87;
  --good: #1f6b45; --good-back: #e4f1e9; --warn: #855000; --warn-back: #fbf0d9; --bad: #a32a22; --bad-back: #fae6e3;
  --lists: #8b96a5; --settings: #b3a68c; --moves: #4f86b8; --upgrade: #3f9a6e; --reboot: #8a6bb1; --rejoin: #c9a24b; --pause: #c4564c; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #14181e; --card: #1b2129; --ink: #e4e8ed; --soft: #a3adba; --line: #303843; --accent: #8ab8e6;
  --good: #7fd0a3; --good-back: #17352a; --warn: #e6bb6a; --warn-back: #372c14; --bad: #f29a91; --bad-back: #3f1f1c;
  --lists: #76818f; --settings: #8f8468; --moves: #5b93c7; --upgrade: #46a578; --reboot: #9a7fc0; --rejoin: #b8933f; --pause: #cf6258; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main, header, footer { max-width: 66rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; }
.eyebrow { margin: 0 0 .4rem; color: var(--soft); letter-spacing: .01em; }
.outcome { display: inline-block; margin-right: .6rem; padding: .1rem .7rem; border-radius: 1rem; font-size: .9rem; font-weight: 600; }
.good { background: var(--good-back); color: var(--good); } .warn { background: var(--warn-back); color: var(--warn); }
.bad { background: var(--bad-back); color: var(--bad); }
h1 { margin: 0 0 .5rem; font-size: 2.1rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; overflow-wrap: anywhere; }
h2 { margin: 0 0 .9rem; font-size: 1.25rem; font-weight: 650; letter-spacing: -.005em; }
h3 { margin: 1.4rem 0 .4rem; font-size: 1rem; font-weight: 650; }
p { margin: .4rem 0; max-width: 46rem; } header p { max-width: none; } .soft { color: var(--soft); }
section { margin: 2.6rem 0; }
dl.figures { display: grid; grid-template-columns: repeat(4, 1fr); gap: 1px; margin: 1.8rem 0 0; padding: 0; border: 1px solid var(--line); border-radius: .6rem; overflow: hidden; background: var(--line); }
.figures div { display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: .8rem 1rem; background: var(--card); }
.figures dt { color: var(--soft); font-size: .875rem; line-height: 1.35; } .figures dd { margin: 0; font-size: 1.5rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
.note { padding: 1rem 1.2rem; border-left: 4px solid currentColor; border-radius: .3rem; } .note p, .note dl { color: var(--ink); }
.note h2 { margin-bottom: .3rem; } .note dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: .5rem 0 0; } .note dt { color: var(--soft); } .note dd { margin: 0; overflow-wrap: anywhere; }
nav { margin: 1.6rem 0 0; } nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: 0; padding: 0; list-style: none; }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; line-height: 1.45; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { padding: .5rem .9rem; text-align: left; vertical-align: top; overflow-wrap: break-word; } tbody th { font-weight: 500; }
thead th { color: var(--soft); font-size: .8125rem; font-weight: 500; white-space: nowrap; border-bottom: 1px solid var(--line); }
tbody tr + tr > *, tbody + tbody tr:first-child > * { border-top: 1px solid var(--line); }
.group th { padding-top: .9rem; background: var(--paper); font-weight: 650; }
.figure { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.tag { display: inline-block; padding: 0 .5rem; border-radius: .8rem; font-size: .8125rem; font-weight: 600; white-space: nowrap; }
.version { white-space: nowrap; } .why { display: inline-block; min-width: 15rem; }
.version, code { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .86em; }
code { overflow-wrap: anywhere; }
.way { display: block; } .way + .way { margin-top: .15rem; }
details { margin: .9rem 0; } summary { margin-bottom: .6rem; cursor: pointer; color: var(--accent); }
.lanes { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .45rem .9rem; align-items: center; padding: 1rem 1.1rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--card); }
.lane { max-width: 11rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: .9375rem; }
.bar { position: relative; height: 1.1rem; border-radius: .25rem; background: color-mix(in srgb, var(--line) 45%, transparent); overflow: hidden; }
.bar i { position: absolute; top: 0; bottom: 0; min-width: 2px; border-right: 1px solid var(--card); }
.axis { position: relative; height: 1.2rem; color: var(--soft); font-size: .75rem; font-variant-numeric: tabular-nums; } .axis span { position: absolute; transform: translateX(-50%); white-space: nowrap; }
.axis span:first-child { transform: none; } .axis span.last { transform: translateX(-100%); }
ul.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: .7rem 0 0; padding: 0; list-style: none; color: var(--soft); font-size: .8125rem; }
.legend i { display: inline-block; width: .75rem; height: .75rem; margin-right: .4rem; border-radius: .15rem; vertical-align: -1px; }
.lists { background: var(--lists); } .settings { background: var(--settings); } .moves { background: var(--moves); } .upgrade { background: var(--upgrade); }
.reboot { background: var(--reboot); } .rejoin { background: var(--rejoin); } .pause { background: repeating-linear-gradient(-45deg, var(--pause) 0 4px, color-mix(in srgb, var(--pause) 55%, var(--card)) 4px 8px); }
.share { display: block; width: 100%; min-width: 5rem; height: .55rem; margin-top: .45rem; border-radius: .2rem; background: color-mix(in srgb, var(--line) 60%, transparent); overflow: hidden; } .share i { display: block; height: 100%; background: var(--accent); }
footer { margin-top: 3.5rem; padding-top: 1rem; padding-bottom: 3rem; color: var(--soft); font-size: .875rem; }
@media (max-width: 40rem) { body { font-size: 15px; } main, header, footer { padding-left: 1rem; padding-right: 1rem; } header { padding-top: 1.6rem; } h1 { font-size: 1.6rem; }
   dl.figures { grid-template-columns: repeat(2, 1fr); } .figures dd { font-size: 1.3rem; } .lanes { grid-template-columns: minmax(0, 1fr); gap: .15rem; padding: .8rem; } .bar { margin-bottom: .45rem; } .lane:empty { display: none; } .note dl { grid-template-columns: 1fr; gap: 0; } .note dd { margin-bottom: .4rem; } }
@media (max-width: 40rem) { table, tbody, tr, th, td { display: block; } thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { padding: .7rem .9rem; } tbody tr + tr, tbody + tbody tr:first-child { border-top: 1px solid var(--line); } tbody tr + tr > *, tbody + tbody tr:first-child > * { border-top: 0; }
  th, td { padding: 0; } tbody th { margin-bottom: .2rem; font-weight: 600; } td { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .7rem; padding: .08rem 0; font-size: .9rem; overflow-wrap: anywhere; }
  td::before { content: attr(data-title); color: var(--soft); font-size: .8125rem; line-height: 1.6; } .figure { text-align: left; white-space: normal; } .version { white-space: normal; overflow-wrap: anywhere; } .why { min-width: 0; }
  td > .tag { justify-self: start; } tr.group { padding-bottom: .3rem; background: var(--paper); } .group th { padding: 0; } .share { margin-top: .4rem; } .axis span:nth-last-child(2) { display: none; } }
@media print { :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --accent: #234; color-scheme: light; }
  body { font-size: 10pt; } nav { display: none; } main, header, footer { max-width: none; padding: 0; } header { padding-top: 0; } section { margin: 1.4rem 0; } h2, h3, summary { break-after: avoid; } tr, .note { break-inside: avoid; } tr.group { break-after: avoid; }
  .scroll { overflow: visible; border: 0; } thead { display: table-header-group; } th, td { padding: .25rem .5rem; } a { color: inherit; text-decoration: none; }
  .bar i, .legend i, .bar, .tag, .outcome, .note, .share, .share i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; block-size: auto; } summary { color: inherit; list-style: none; } @page { margin: 16mm 14mm; } }
`;
