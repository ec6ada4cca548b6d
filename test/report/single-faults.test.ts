import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultOutcome, RehearsalEnd } from '../../src/model/rehearsal.ts';
import { singleFaultsText } from '../../src/report/single-faults.ts';

const plain = { width: 100, colour: false };

function paused(code: Extract<RehearsalEnd, { kind: 'paused' }>['code'], step: string, next: string): RehearsalEnd {
  return { kind: 'paused', code, step, what: 'it stands', seen: 'so', next: `${next}, then: proxroll resume` };
}

function outcome(words: string, differs: Partial<FaultOutcome> & { readonly end: RehearsalEnd }): FaultOutcome {
  const node = /pve\d/.exec(words)?.[0] ?? 'pve2';
  return { words, who: 'a node', fault: 'loses power', struck: node, node, step: 'drain', broken: [], guestsDown: [], ...differs };
}

const outcomes: readonly FaultOutcome[] = [
  ...['pve2', 'pve3'].flatMap((node) => [
    outcome(`${node} down at drain`, { end: paused('drain.deadline', `pve/${node}/drain`, `look at the guests on ${node}`) }),
    outcome(`${node} hangs at drain`, {
      fault: 'hangs',
      end: paused('drain.deadline', `pve/${node}/drain`, `look at the guests on ${node}`),
    }),
    outcome(`${node} down at return`, { step: 'return', end: paused('return.deadline', `pve/${node}/return`, 'ha-manager status') }),
    outcome(`${node} never-returns`, {
      step: 'reboot',
      fault: 'never returns',
      end: paused('reboot.deadline', `pve/${node}/reboot`, `look at the console of ${node}`),
    }),
  ]),
  outcome('guest 101 refuses-migration', {
    who: 'a VM',
    fault: 'refuses to move',
    struck: '101',
    end: paused('drain.refused', 'pve/pve2/drain', 'move vm 101 (db) by hand, or let it be stopped (guests.by_vmid.101: shutdown)'),
  }),
  outcome('pve4 down at pve2/reboot', {
    fault: 'loses power while another reboots',
    struck: 'pve4',
    node: 'pve2',
    step: 'reboot',
    end: { kind: 'paused', code: 'check.blocked', what: '', seen: '', next: 'start pve4 before pve2' },
  }),
  outcome('pve1 returns-after 40m', {
    who: 'the node that carries the run',
    fault: 'returns after 40 min',
    step: 'reboot',
    end: { kind: 'finished' },
  }),
  outcome('pve1 down at drain', { who: 'the node that carries the run', end: { kind: 'away', node: 'pve1' } }),
];

function lines(text: string): string {
  return text.replace(/^\n/, '').replaceAll(/^ {4}/gm, '').replace(/ +$/, '');
}

test('the table must have a row for what comes to the same, whatever the node, and say what a person does next', () => {
  assert.equal(
    singleFaultsText({ outcomes, sampled: ['pve2 stands for pve5, which take the same steps'], unreached: [] }, plain),
    lines(`
    WHAT GOES WRONG                           AT      THE RUN                                   LOST
    a node loses power, hangs                 drain   pauses there [drain.deadline]             nothing
        next: look at the guests on NODE, then: proxroll resume
    a node loses power                        return  pauses there [return.deadline]            nothing
        next: ha-manager status, then: proxroll resume
    a node never returns                      reboot  pauses there [reboot.deadline]            nothing
        next: look at the console of NODE, then: proxroll resume
    a VM refuses to move                      drain   pauses there [drain.refused]              nothing
        next: move the guest by hand, or let it be stopped (guests.by_vmid.VMID: shutdown), then:
              proxroll resume
    a node loses power while another reboots  reboot  pauses before the next node               nothing
                                                      [check.blocked]
        next: start PEER before NODE
    the node that carries the run returns     reboot  goes on                                   nothing
    after 40 min
    the node that carries the run loses       drain   stands, nobody carries it                 nothing
    power
        next: switch that node on; the run goes on by itself after its boot

    12 rehearsals, one fault each, of which some stand for others.
      pve2 stands for pve5, which take the same steps
    One of them from beginning to end: proxroll rehearse --fail 'pve2 down at drain'

    proxroll itself loses nothing in any of them.
    `),
  );
});

test('a broken invariant must be shouted with the words that repeat it', () => {
  const text = singleFaultsText(
    {
      outcomes: [outcome('pve2 down at drain', { end: { kind: 'finished' }, broken: ['invariant 1 (quorum): pve2 was rebooted'] })],
      sampled: [],
      unreached: [],
    },
    plain,
  );
  assert.match(text, /goes on {2}SEE BELOW\n/);
  assert.match(
    text,
    /\nSOMETHING IS LOST in 1 of them\. That is a defect of proxroll: do not start a run, report it\.\n {2}'pve2 down at drain': invariant 1 /,
  );
});

test('guests that go down with their node and nodes that the run does not come to must be told', () => {
  const text = singleFaultsText(
    {
      outcomes: [outcome('pve2 down at drain', { end: { kind: 'finished' }, guestsDown: ['vm 101'] })],
      sampled: [],
      unreached: ['pve1', 'pve3'],
    },
    plain,
  );
  assert.match(text, /goes on {2}guests stop\n/);
  assert.match(text, /\nNOT REHEARSED: pve1, pve3\. Without any fault the run does not come to them\.\n/);
  assert.match(text, /\nIn 1 of them a node loses power with guests on it, and they stop with it: that is the fault's own\s+doing\.\n/);
});

test('no line of the table must be longer than the width', () => {
  for (const width of [60, 80, 100]) {
    const long = singleFaultsText({ outcomes, sampled: [], unreached: ['pve1'] }, { width, colour: false })
      .split('\n')
      .filter((line) => line.length > width);
    assert.deepEqual(long, [], `${width} columns`);
  }
});
