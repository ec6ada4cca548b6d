/** axe-core on a page of ours, in a real browser. The page forbids scripts, so a copy is looked at that does not. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { domOf } from './chromium.ts';

export interface Judged {
  /** `color-contrast: 3`, each rule that is broken with the first place where it is. */
  readonly broken: readonly string[];
  /** Rules that were looked at and hold. */
  readonly held: readonly string[];
}

/**
 * @param dress what is changed in the page first: a dark screen, a narrow one
 * @param leftOut rules that are not looked at
 */
export async function judge(page: string, dress: (page: string) => string, leftOut: readonly string[] = []): Promise<Judged> {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const rules = Object.fromEntries(leftOut.map((rule) => [rule, { enabled: false }]));
  const script = `<script>${axe.replaceAll('</script', '<\\/script')}</script><script>
    for (const one of document.querySelectorAll('details')) one.open = true;
    axe.run(document, { resultTypes: ['violations', 'passes'], rules: ${JSON.stringify(rules)} }).then(({ violations, passes }) => {
      const broken = violations.map(({ id, nodes }) => id + ': ' + nodes.length + ', such as ' + nodes[0].html.slice(0, 200) + ' ' + nodes[0].failureSummary);
      const text = JSON.stringify({ broken, held: passes.map(({ id }) => id) });
      document.body.innerHTML = '<pre id="judged">' + btoa(encodeURIComponent(text)) + '</pre>';
    });</script>`;
  const open = dress(page.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''));
  const folder = await mkdtemp(join(tmpdir(), 'proxroll-axe-'));
  try {
    const file = join(folder, 'page.html');
    await writeFile(
      file,
      open.replace('</body>', () => `${script}</body>`),
    );
    const found = /<pre id="judged">([^<]+)/.exec(await domOf(file))?.[1];
    if (found === undefined) throw new Error('the browser gave no judgement');
    return JSON.parse(decodeURIComponent(atob(found))) as Judged;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Each way a page is looked at. */
export const dresses: Readonly<Record<string, (page: string) => string>> = {
  'on a desk in daylight': (page) => page,
  'on a phone at night': (page) =>
    page.replace('(prefers-color-scheme: dark)', '(min-width: 0)').replaceAll('(max-width: 40rem)', '(min-width: 0)'),
};
