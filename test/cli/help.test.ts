import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call } from './fake-entrance.ts';

function lines(text: string): string {
  return text.replace(/^\n/, '').replaceAll(/^ {4}/gm, '').replace(/ +$/, '');
}

const helps: readonly [argv: string, text: string][] = [
  [
    '--help',
    `
    Usage: proxroll [options] [command]

    Rolling patches for Proxmox VE clusters, from one node, without stopping what
    runs on them.

    Options:
      -c, --config <file>      read another configuration file than
                               /etc/proxroll/config.yaml
      -d, --debug              log every command, its duration and its exit code
      --version                print the version
      -h, --help               show this help

    Commands:
      check [options]          say whether a run could start now, and every reason
                               why not
      plan [options]           show what a run would do, what it would leave out,
                               and why
      why-not [options] [on]   say why a node or guest is not dealt with, and what
                               would lift each reason
      run [options]            show the plan, ask, start the run and follow it; the
                               run itself is proxroll.service
      status [options]         say where the run is, or how the last one ended
      report [options] [run]   tell what a run did to which machine, what was not
                               done and why; the newest one unless another is named
      resume [options]         go on with a paused or interrupted run, and follow it
      pause                    let the run pause after the step in flight; it keeps
                               its place
      stop                     let the run end at the next safe point and give back
                               what is on loan
      abandon [options]        give back everything the unfinished run has on loan,
                               and close it
      hold [options] <node>    leave this node alone: it is neither patched nor
                               rebooted and takes no guests
      unhold <node>            take away the hold that proxroll hold has put on a
                               node
      history [options] [run]  list the runs of this node, tell one of them, compare
                               two, or say when a node was last patched
      bundle [options] <run>   put a run into an archive for a bug report, without
                               names, addresses and secrets
      loans [options]          list what is on loan and how to give it back by hand
      config                   check or show the configuration
      notify                   messages to the receivers of the configuration
      metrics [options]        look at the nodes and print figures for Prometheus
      rehearse [options]       run on a simulated twin of this cluster, with things
                               going wrong; the real one is only looked at
      demo [options]           patch a simulated cluster of five nodes before your
                               eyes; nothing real is touched
      help [command]           show the help of a command

    Exit codes: 0 ok, 1 bug, 2 usage, 3 blocked, 4 paused, 5 busy.
    More: man proxroll
    `,
  ],
  [
    'run --help',
    `
    Usage: proxroll run [options]

    show the plan, ask, start the run and follow it; the run itself is
    proxroll.service

    Options:
      --dry-run        look and decide as a run does, and refuse every change
      --node <name>    only this node; may be given several times
      --plan <digest>  do what this plan says, without asking; refuse when it would
                       be another one now
      --reboot-only    install nothing, reboot every node once
      -y, --yes        do not ask
      --json           print how it ended as JSON; needs --yes or --dry-run
      -h, --help       show this help
    `,
  ],
  [
    'plan --help',
    `
    Usage: proxroll plan [options] [command]

    show what a run would do, what it would leave out, and why

    Options:
      --node <name>          only this node; may be given several times
      --reboot-only          show a run that installs nothing and only reboots
      --changes              list every package with its versions, and its changelog
                             where apt can fetch it
      --json                 print the findings and the plan as JSON
      -h, --help             show this help

    Commands:
      diff <first> <second>  what two plans do differently; each is the digest of a
                             plan, a file written by plan --json, or now
    `,
  ],
  [
    'status --help',
    `
    Usage: proxroll status [options]

    say where the run is, or how the last one ended

    Options:
      -f, --follow  watch the run until it ends; ^C ends the watching, not the run
      --json        print it as JSON
      -h, --help    show this help
    `,
  ],
  [
    'config --help',
    `
    Usage: proxroll config [options] [command]

    check or show the configuration

    Options:
      -h, --help       show this help

    Commands:
      check [options]  say every problem of the configuration with its line
      show [options]   show every key with the value in force, and what is a default
      sudoers          print the smallest sudoers file for ssh_user, for
                       /etc/sudoers.d/proxroll on every node
      help [command]   show the help of a command
    `,
  ],
];
for (const [argv, text] of helps)
  test(`proxroll ${argv} must read as it always did`, async () => {
    const { out, err, exit } = await call(argv.split(' '));
    assert.deepEqual({ out: out.replace(/\n+$/, '\n'), err, exit }, { out: lines(text), err: '', exit: 0 });
  });

for (const command of [
  'check',
  'report',
  'bundle',
  'resume',
  'abandon',
  'history',
  'loans',
  'rehearse',
  'demo',
  'config check',
  'config show',
  'config sudoers',
])
  test(`proxroll ${command} --help must answer without a cluster`, async () => {
    const { out, exit } = await call([...command.split(' '), '--help']);
    assert.match(out, new RegExp(`^Usage: proxroll ${command}`));
    assert.equal(exit, 0);
  });

test('the version must be one line', async () => {
  assert.deepEqual(await call(['--version']), { exit: 0, out: '1.2.3\n', err: '', asked: [] });
});

const wrong: readonly [argv: string, message: RegExp][] = [
  ['', /^Usage: proxroll/],
  ['chek', /^proxroll: unknown command 'chek'\n\(Did you mean check\?\)\n {4}next: proxroll --help\n$/],
  ['check --foo', /^proxroll: unknown option '--foo'\n {4}next: proxroll check --help\n$/],
  ['config chek', /unknown command 'chek'\n\(Did you mean check\?\)\n {4}next: proxroll config --help\n$/],
  ['hold pve2', /required option '--reason <text>' not specified\n {4}next: proxroll hold --help\n$/],
  ['check extra', /too many arguments/],
  ['config', /^Usage: proxroll config/],
  ['demo --seed x', /argument 'x' is invalid/],
  ['run --node', /argument missing/],
  ['-c', /argument missing/],
];
for (const [argv, message] of wrong)
  test(`a wrong command line must exit 2 and touch nothing: proxroll ${argv}`, async () => {
    const { err, out, exit, asked } = await call(argv === '' ? [] : argv.split(' '));
    assert.match(err, message);
    assert.deepEqual({ out, exit, asked }, { out: '', exit: 2, asked: [] });
  });
