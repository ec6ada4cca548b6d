/** Guests of the nodes in question are in a state in which they can be moved or stopped: known, settled and not locked (facts 1.8, 3.8, 9.1). */
import { guestTitle, needsPlace, type GuestFacts } from '../../model/guest.ts';
import { policyFor } from '../../model/policy.ts';
import { wayFor } from '../../model/way.ts';
import { busyTasks } from './tasks.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { notKnown, severityOn } from './scope.ts';

export const checkGuestLocks: Check = (context) => {
  const { snapshot } = context;
  if (!snapshot.guests.known) return [];
  const tasks = snapshot.tasks.known ? busyTasks(snapshot.tasks.value) : [];
  return snapshot.guests.value.flatMap((guest): readonly Said[] => {
    if (guest.lock === undefined || guest.template || !inQuestion(guest, context)) return [];
    const title = guestTitle(guest);
    const tool = guest.kind === 'qemu' ? 'qm' : 'pct';
    const task = tasks.find((candidate) => candidate.id === String(guest.vmid));
    // Hibernated to disk: it stays where it is, lock and all, and is resumed by its owner.
    if (!needsPlace(guest) && guest.lock === 'suspended') return [];
    if (task !== undefined)
      return [
        {
          severity: severityOn(guest.node, context),
          subject: title,
          what: `${title} on ${guest.node} is locked (${guest.lock})`,
          seen: `task ${task.type} works on it; ${task.upid}`,
          next: `wait until it has ended, or stop it on ${guest.node}`,
        },
      ];
    return [
      {
        severity: needsPlace(guest) ? severityOn(guest.node, context) : 'warning',
        subject: title,
        what: `${title} on ${guest.node} is locked (${guest.lock}), and no task is seen that works on it`,
        seen: snapshot.tasks.known ? 'the lock may be left over from something that was cut off' : 'the running tasks are unknown',
        next: `make sure that nothing works on it, then on ${guest.node}: ${tool} unlock ${guest.vmid}`,
      },
    ];
  });
};

export const checkGuestState: Check = (context) => {
  const { guests } = context.snapshot;
  if (!guests.known) return [notKnown('cluster', 'it is unknown which guests there are', guests.why)];
  return guests.value.filter((guest) => !guest.template && inQuestion(guest, context)).flatMap((guest) => stateOf(guest, context));
};

function stateOf(guest: GuestFacts, context: CheckContext): readonly Said[] {
  const title = guestTitle(guest);
  const firm = context.leaves(guest.node);
  const open = firm ? 'unknown' : 'warning';
  const about = (what: string, why: string): Said => ({
    severity: open,
    subject: title,
    what,
    seen: why,
    next: `look at it on ${guest.node}: ${guest.kind === 'qemu' ? 'qm' : 'pct'} status ${guest.vmid}; then: proxroll check`,
  });
  if (!guest.status.known) return [about(`it is unknown whether ${title} runs on ${guest.node}`, guest.status.why)];
  const status = guest.status.value;
  if (status.kind === 'odd')
    return [
      {
        severity: severityOn(guest.node, context),
        subject: title,
        what: `${title} on ${guest.node} is neither running nor stopped`,
        seen: `its state is ${status.word}`,
        next: `see to it on ${guest.node}: qm status ${guest.vmid} --verbose; resume, stop or repair it`,
      },
    ];
  if (status.kind === 'stopped' || context.snapshot.membership.kind === 'lone') return [];
  const way = wayFor(guest, context.snapshot, context.config);
  if (way === 'leave') return [];
  if (['shutdown', 'restart-elsewhere', 'ha-stop'].includes(way) && status.kind === 'paused') return [pausedShutdown(guest, context)];
  if (way === 'shutdown') return [];
  return [
    ...(guest.config.known
      ? []
      : [about(`the config of ${title} on ${guest.node} is unknown, so it is not known whether it can move`, guest.config.why)]),
    ...(guest.memoryBytes.known ? [] : [about(`it is unknown how much memory ${title} on ${guest.node} takes`, guest.memoryBytes.why)]),
  ];
}

function pausedShutdown(guest: GuestFacts, context: CheckContext): Said {
  const title = guestTitle(guest);
  return {
    severity: severityOn(guest.node, context),
    subject: title,
    what: `${title} on ${guest.node} is paused, and a paused VM cannot be shut down`,
    seen: `its policy is ${policyFor(guest, context.config)}`,
    next: `on ${guest.node}: qm resume ${guest.vmid}; or let it be moved: guests.by_vmid.${guest.vmid}: migrate`,
  };
}

function inQuestion(guest: GuestFacts, context: CheckContext): boolean {
  return context.inQuestion.some((node) => node.name === guest.node);
}
