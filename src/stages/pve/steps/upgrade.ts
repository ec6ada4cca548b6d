/** `apt-get dist-upgrade` as a transient unit. Exit codes, `dpkg --audit` and versions decide whether it is done, not its text. */
import { configureArgv, distUpgradeArgv, holdsQuery } from '../../../clients/apt.ts';
import { chosenSimulationQuery, simulationQuery } from '../../../clients/apt-simulation.ts';
import {
  auditedMeanwhile,
  auditedPackages,
  auditQuery,
  installedQuery,
  keptConffilesQuery,
  type InstalledVersions,
} from '../../../clients/dpkg.ts';
import { bootIdQuery, holdQuery } from '../../../clients/host.ts';
import { ask, askNamed } from '../../../clients/query.ts';
import { unitLogQuery } from '../../../clients/systemd.ts';
import { repairUnit, upgradeUnit } from '../../../clients/unit-names.ts';
import type { Config } from '../../../config/schema.ts';
import { counted } from '../../../model/count.ts';
import { setDifference, setFingerprint, type PackageChange, type PackageSet } from '../../../model/packages.ts';
import { Pause } from '../../../model/pause.ts';
import type { Reading } from '../../../model/reading.ts';
import { bootIdOf } from '../../../model/snapshot.ts';
import type { UpgradeStep } from '../../../model/step.ts';
import { at, type Context } from '../../../run/context.ts';
import type { Handler, Satisfaction } from '../../../run/handler.ts';
import { Unseen } from '../../../run/passing.ts';
import { saveBeside } from '../../../run/runs.ts';
import { demandNotHeld } from './held.ts';
import { dropJob, jobState, lockedForMs, startJob, telling } from './unit-job.ts';

/** Journaled before anything changes. Missing in a step that an older release began: then nothing is known, and nothing taken for ours. */
interface BeforeUpgrade {
  readonly [key: string]: string | boolean | readonly string[];
  /** Of the look after which the node was emptied: what runs there since another boot, nobody has looked at. Missing in early journals. */
  readonly bootId?: string;
  /** dpkg was whole, so what is half done later was interrupted since. */
  readonly whole: boolean;
  readonly keptConffiles: readonly string[];
}

export const upgrade: Handler<UpgradeStep, BeforeUpgrade> = {
  remember: async ({ node }, context) => {
    const queries = { audit: auditQuery, kept: keptConffilesQuery, hold: holdQuery(context.site.config.hold_paths) };
    const { audit, kept, hold } = await askNamed(at(context, node), queries);
    demandNotHeld(node, hold, context);
    return {
      bootId: bootIdOf(context.seen(), node),
      whole: audit.known && audit.value === '',
      keptConffiles: kept.known ? kept.value : [],
    };
  },
  run: async (step, remembered, context) => {
    const { node, set } = step;
    const on = at(context, node);
    const { run } = context.state();
    if ((await jobState(on, upgradeUnit(run))).kind === 'working' || (await jobState(on, repairUnit(run))).kind === 'working') return;
    const { bootId, audit, pending } = await askNamed(on, {
      bootId: bootIdQuery,
      audit: auditQuery,
      pending: set.chosen === undefined ? simulationQuery : chosenSimulationQuery(set.chosen),
    });
    if (!bootId.known) throw new Unseen(bootId.why);
    if (!audit.known) throw new Unseen(audit.why);
    // Nothing is begun; `satisfied` waits until it is over, and that is no attempt that failed.
    if (auditedMeanwhile(audit.value)) return;
    // An interrupted dpkg keeps apt from simulating, so it is told first.
    const interrupted =
      audit.value !== '' ? audit.value : !pending.known && /dpkg was interrupted/.test(pending.why) ? pending.why : undefined;
    if (interrupted !== undefined) {
      if (!mayRepair(step, remembered, audit.value, context.site.config.repair_dpkg))
        throw new Pause('upgrade.failed', {
          what: `dpkg on ${node} is not whole, so nothing more is installed there`,
          seen: interrupted,
          next: `on ${node}: dpkg --configure -a && apt-get -f install, then: proxroll resume`,
        });
      await startJob(on, repairUnit(run), configureArgv());
      return;
    }
    // It may have gone down after it was emptied, and been silent until now.
    demandSameBoot(node, remembered.bootId, bootId.value, 'its upgrade has not begun');
    if (!pending.known) throw new Unseen(pending.why);
    if (!isPartOf(pending.value, set)) {
      const { added } = setDifference(set, pending.value);
      throw new Pause('plan.moved', {
        what: `${node} would now get other packages than planned`,
        seen: `new: ${added}`,
        next: 'proxroll abandon, then start again to plan with the packages as they are now',
      });
    }
    await startJob(on, upgradeUnit(run), distUpgradeArgv('everything', set.chosen));
  },
  satisfied: async (step, remembered, context) => {
    const on = at(context, step.node);
    const unit = upgradeUnit(context.state().run);
    const state = await jobState(on, unit);
    switch (state.kind) {
      case 'working':
        return { yes: false, seen: `${unit} runs on ${step.node}` };
      case 'absent':
        // It never began, or the node was rebooted under it: what is installed tells.
        return (await repaired(step, context)) ?? verdict(step, remembered, context, 'absent');
      case 'succeeded': {
        await keepLog(step.node, unit, context);
        const found = await verdict(step, remembered, context, 'succeeded');
        await dropJob(on, unit, 'succeeded');
        return found;
      }
      case 'failed': {
        await keepLog(step.node, unit, context);
        await dropJob(on, unit, 'failed');
        if (state.failure.kind === 'locked')
          return { yes: false, seen: `dpkg on ${step.node} is locked by ${state.failure.by}`, again: true, afterMs: lockedForMs };
        if (state.killed && remembered.whole && context.site.config.repair_dpkg !== 'never')
          return { yes: false, seen: `the upgrade of ${step.node} was killed: ${telling(state.log)}`, again: true };
        throw new Pause('upgrade.failed', {
          what: `apt-get dist-upgrade failed on ${step.node}`,
          seen: telling(state.log),
          next: `on ${step.node}: dpkg --configure -a && apt-get -f install; the whole log lies in the run's folder (upgrade-${step.node}.log); then: proxroll resume`,
        });
      }
      default:
        return state satisfies never;
    }
  },
  pollMs: 1000,
  late: ({ node }, seen) => ({
    code: 'upgrade.deadline',
    reason: { what: `the upgrade of ${node} has not ended in time`, seen, next: `${nextFor(node, seen)}: proxroll resume` },
  }),
};

function nextFor(node: string, seen: string): string {
  if (/is locked by/.test(seen)) return `look at that process on ${node}, and when it has ended`;
  if (/runs on/.test(seen)) return `it goes on by itself (on ${node}: journalctl -fu 'proxroll-upgrade-*'); to follow it again`;
  return `make ${node} answer again, at its console if need be, then`;
}

/** Whether what is half done is ours to bring to an end: dpkg was whole when this step began, and only packages of its set are half done. */
export function mayRepair(
  { set }: UpgradeStep,
  { whole }: Pick<BeforeUpgrade, 'whole'>,
  audit: string,
  policy: Config['repair_dpkg'],
): boolean {
  if (policy === 'always') return true;
  const ours = set.changes.map((change) => bareName(change.name));
  return policy === 'own' && whole && auditedPackages(audit).every((name) => ours.includes(name));
}

/** @returns where a repair stands; nothing when there is none, or when it is over and what is installed tells @throws Pause when dpkg could not bring it to an end */
async function repaired({ node }: UpgradeStep, context: Context): Promise<Satisfaction | undefined> {
  const on = at(context, node);
  const unit = repairUnit(context.state().run);
  const state = await jobState(on, unit);
  switch (state.kind) {
    case 'absent':
      return undefined;
    case 'working':
      return { yes: false, seen: `${unit} runs on ${node}` };
    case 'succeeded':
      await keepLog(node, unit, context, 'repair');
      await dropJob(on, unit, 'succeeded');
      return undefined;
    case 'failed':
      await keepLog(node, unit, context, 'repair');
      await dropJob(on, unit, 'failed');
      if (state.failure.kind === 'locked')
        return { yes: false, seen: `dpkg on ${node} is locked by ${state.failure.by}`, again: true, afterMs: lockedForMs };
      throw new Pause('upgrade.failed', {
        what: `dpkg on ${node} was interrupted, and dpkg --configure -a failed`,
        seen: telling(state.log),
        next: `on ${node}: dpkg --configure -a && apt-get -f install; the log lies in the run's folder (repair-${node}.log); then: proxroll resume`,
      });
    default:
      return state satisfies never;
  }
}

/** Whole, and at the versions that were simulated. */
async function verdict(
  step: UpgradeStep,
  remembered: BeforeUpgrade,
  context: Context,
  unit: 'absent' | 'succeeded',
): Promise<Satisfaction> {
  const { node, set } = step;
  const { audit, installed, kept } = await askNamed(at(context, node), {
    audit: auditQuery,
    installed: installedQuery,
    kept: keptConffilesQuery,
  });
  if (!audit.known) return { yes: false, seen: audit.why };
  if (!installed.known) return { yes: false, seen: installed.why };
  if (auditedMeanwhile(audit.value))
    return { yes: false, seen: `dpkg on ${node} is locked by somebody who is at ${auditedPackages(audit.value).join(', ')}` };
  const missing = set.changes.filter((change) => installed.value[bareName(change.name)] !== change.to);
  if (audit.value === '' && missing.length === 0) {
    await tellKept(node, remembered, kept, context);
    return { yes: true, detail: counted(set.changes.length, 'package') };
  }
  const seen = audit.value === '' ? missingText(missing, installed.value) : audit.value;
  if (unit === 'absent' && audit.value === '')
    demandSameBoot(
      node,
      remembered.bootId,
      await ask(at(context, node), bootIdQuery),
      `${missing.length} of ${counted(set.changes.length, 'package')} not installed`,
    );
  // With nothing of the set installed it never began; what dpkg complains about is not ours, and `run` says so.
  if (unit === 'absent' && (audit.value === '' || missing.length === set.changes.length)) return { yes: false, seen, again: true };
  if (unit === 'absent' && mayRepair(step, remembered, audit.value, context.site.config.repair_dpkg))
    return { yes: false, seen: `dpkg on ${node} was interrupted at ${auditedPackages(audit.value).join(', ')}`, again: true };
  const held = await heldOf(missing, node, context);
  throw new Pause('upgrade.incomplete', {
    what: unit === 'absent' ? `the upgrade of ${node} was cut short` : `the upgrade of ${node} ended, but not with what was planned`,
    seen,
    next: `on ${node}: ${held.length === 0 ? 'dpkg --configure -a && apt-get dist-upgrade' : `${held.join(', ')} is on hold: apt-mark unhold, or proxroll abandon and plan anew`}; then: proxroll resume`,
  });
}

function missingText(missing: readonly PackageChange[], installed: InstalledVersions): string {
  const told = missing
    .slice(0, 3)
    .map(({ name, to }) => `${name} is ${installed[bareName(name)] ?? 'not installed'}, not ${to}`)
    .join('; ');
  return missing.length > 3 ? `${told}; and ${missing.length - 3} more` : told;
}

/** Configuration files of which the administrator's version was kept, told once the upgrade is done. */
async function tellKept(node: string, { keptConffiles }: BeforeUpgrade, now: Reading<readonly string[]>, context: Context): Promise<void> {
  if (!now.known) return;
  const before = Array.isArray(keptConffiles) ? keptConffiles : now.value;
  const files = now.value.filter((file) => !before.includes(file)).map((file) => file.replace(/ [\d.]+$/, ''));
  if (files.length === 0) return;
  await context.record({
    type: 'warned',
    subject: node,
    what: `${counted(files.length, 'configuration file')} kept as it was, the new version lies beside it: ${files.join(', ')}`,
    next: `compare them on ${node}, and remove what is not needed`,
  });
}

/** Guests that were stopped for the upgrade start with the node, some of them only after a while. @throws Pause when it was booted meanwhile */
function demandSameBoot(node: string, bootedAs: string | undefined, bootId: string, missing: string): void {
  if (bootedAs === undefined || bootId === bootedAs) return;
  throw new Pause('upgrade.incomplete', {
    what: `${node} was booted anew before its upgrade was over`,
    seen: `it runs from another boot, ${missing}`,
    next: `find out why ${node} went down, then: proxroll resume; guests that started with it leave it again before the upgrade goes on`,
  });
}

/** Packages that somebody put on hold after the plan was made. */
async function heldOf(missing: readonly PackageChange[], node: string, context: Context): Promise<readonly string[]> {
  const { holds } = await askNamed(at(context, node), { holds: holdsQuery });
  return holds.known ? missing.map((change) => bareName(change.name)).filter((name) => holds.value.includes(name)) : [];
}

/** The whole log stays with the run; the journal of the node may be rotated away. */
async function keepLog(node: string, unit: string, context: Context, name: 'upgrade' | 'repair' = 'upgrade'): Promise<void> {
  const log = await ask(at(context, node), unitLogQuery(unit, 100_000));
  await saveBeside(context.site.ports.store, context.state().run, `${name}-${node}.log`, log);
}

/** After an interruption less is pending than was planned; anything that was not planned is another matter. */
function isPartOf(now: PackageSet, planned: PackageSet): boolean {
  const wanted = new Set(setFingerprint(planned).split(' '));
  return setFingerprint(now)
    .split(' ')
    .every((word) => word === '' || wanted.has(word));
}

/** apt names a foreign architecture (`libc6:i386`), dpkg-query's list does not. */
function bareName(name: string): string {
  return name.replace(/:.*$/, '');
}
