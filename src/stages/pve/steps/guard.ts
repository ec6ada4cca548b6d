/** Peers that wait for the own node: set before it reboots, taken away as soon as somebody who can do so is back. */
import { CommandFailed } from '../../../clients/at.ts';
import { leaveMessages, startGuard, takeMessages } from '../../../clients/guard.ts';
import { ask } from '../../../clients/query.ts';
import { ownUnitsQuery, stopUnit } from '../../../clients/systemd.ts';
import { guardUnit } from '../../../clients/unit-names.ts';
import type { Loan } from '../../../model/loan.ts';
import type { GuardOffStep, GuardOnStep } from '../../../model/step.ts';
import { at, type Context } from '../../../run/context.ts';
import type { Handler } from '../../../run/handler.ts';
import { isPassing } from '../../../run/passing.ts';

type GuardLoan = Extract<Loan, { kind: 'guard' }>;

export const guardOn: Handler<GuardOnStep> = {
  remember: () => Promise.resolve({}),
  run: async ({ node, peers }, _remembered, context) => {
    const { run, loans } = context.state();
    const { config, notBack } = context.site;
    // Later than we ourselves would give up waiting, so that it never speaks before we do.
    const afterS = (config.deadlines.reboot + config.deadlines.rejoin) * 60;
    for (const peer of peers) {
      if (await waitsOn(peer, context)) continue;
      const messages = notBack?.(context.state(), peer, afterS * 1000);
      const told = messages === undefined ? {} : { told: true as const };
      await context.record({ type: 'loan.taken', loan: { kind: 'guard', node: peer, awaited: node, unit: guardUnit(run), ...told } });
      if (messages !== undefined) await leaveWord(peer, messages, context);
      await startGuard(at(context, peer), {
        run,
        node,
        afterS,
        haMaintenance: loans.some((loan) => loan.kind === 'ha-maintenance' && loan.node === node),
        noout: loans.some((loan) => loan.kind === 'noout' && loan.node === node),
      });
    }
  },
  satisfied: async ({ peers }, _remembered, context) => {
    const missing: string[] = [];
    for (const peer of peers) if (!(await waitsOn(peer, context))) missing.push(peer);
    return missing.length === 0
      ? { yes: true, detail: peers.join(', ') }
      : { yes: false, seen: `no timer on ${missing.join(', ')}`, again: true };
  },
  pollMs: 2000,
  late: ({ node }, seen) => ({
    code: 'guard.failed',
    reason: { what: `no peer could be set to wait for ${node}`, seen, next: 'look at that peer, then: proxroll resume' },
  }),
};

export const guardOff: Handler<GuardOffStep> = {
  remember: () => Promise.resolve({}),
  run: async (_step, _remembered, context) => {
    // A peer that does not answer keeps no other from being told.
    const errors: unknown[] = [];
    for (const loan of guards(context)) {
      try {
        await sendHome(loan, context);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors.find((error) => !isPassing(error)) ?? errors[0];
  },
  satisfied: (_step, _remembered, context) => {
    const left = guards(context);
    return Promise.resolve(
      left.length === 0 ? { yes: true } : { yes: false, seen: `still waiting: ${left.map((loan) => loan.node).join(', ')}`, again: true },
    );
  },
  pollMs: 2000,
  late: ({ node }, seen) => ({
    code: 'guard.failed',
    reason: {
      what: `peers still wait for ${node} although it is back`,
      seen,
      next: "on them: systemctl stop 'proxroll-guard-*.timer', then: proxroll resume",
    },
  }),
};

async function sendHome(loan: GuardLoan, context: Context): Promise<void> {
  const on = at(context, loan.node);
  await stopUnit(on, `${loan.unit}.timer`);
  // Receivers may have gone from the configuration since, and early journals do not say whether there were any.
  if (loan.told === true || context.site.notBack !== undefined) await takeMessages(on, context.state().run);
  await context.record({ type: 'loan.returned', loan });
}

/** A peer that cannot take the messages still gives back what is borrowed; nothing of what it printed is told, as it may be a secret. */
async function leaveWord(peer: string, messages: string, context: Context): Promise<void> {
  try {
    await leaveMessages(at(context, peer), context.state().run, messages);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    await context.record({
      type: 'warned',
      subject: peer,
      what: `${peer} could not be given the message for the case that ${context.hosts.own} does not come back`,
      next: `look at /run on ${peer}; its journal and its root's mail will say so all the same`,
    });
  }
}

function guards(context: Context): readonly GuardLoan[] {
  return context.state().loans.filter((loan): loan is GuardLoan => loan.kind === 'guard');
}

async function waitsOn(peer: string, context: Context): Promise<boolean> {
  return (await ask(at(context, peer), ownUnitsQuery)).includes(`${guardUnit(context.state().run)}.timer`);
}
