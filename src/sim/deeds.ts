/** What the words of a scenario's `do:` do: each form of words is one fault of `faults/`. */
import type { CallFault } from './call-faults.ts';
import type { DeedWords } from './deed-words.ts';
import { agentFaults } from './faults/agent.ts';
import { aptFaults } from './faults/apt.ts';
import type { Fault } from './faults/fault.ts';
import { guestFaults } from './faults/guest.ts';
import { nodeFaults } from './faults/node.ts';
import { personFaults } from './faults/person.ts';

/** The fault that the words ask for. */
export function faultOf(words: DeedWords): Fault {
  if ('kill' in words) return (words.torn === true ? agentFaults.killInWrite : agentFaults.kill)(words['restart-after']);
  if ('disk' in words) return words.disk === 'full' ? agentFaults.diskFull() : agentFaults.diskRoomy();
  if ('clock' in words) return agentFaults.clockJumps(words.by);
  if ('qdevice' in words) return nodeFaults.qdevice(words.qdevice === 'back');
  if ('call' in words) return callFault(words);
  if ('person' in words) return personFault(words);
  if ('apt' in words) return aptFault(words);
  if ('guest' in words) return guestFault(words);
  return nodeFault(words);
}

type Words<Key extends string> = Extract<DeedWords, Record<Key, unknown>>;

function nodeFault(words: Exclude<Words<'node'>, { person: unknown }>): Fault {
  if ('returns-after' in words) return nodeFaults.returnsAfter(words.node, words['returns-after']);
  if ('returns-without-storage' in words) return nodeFaults.returnsWithoutStorage(words.node, words['returns-without-storage']);
  if ('returns-with-failed-unit' in words) return nodeFaults.returnsWithFailedUnit(words.node, words['returns-with-failed-unit']);
  if ('returns-without-link' in words) return nodeFaults.returnsWithoutLink(words.node, words['returns-without-link']);
  if ('returns-with-kernel-error' in words) return nodeFaults.returnsWithKernelError(words.node, words['returns-with-kernel-error']);
  if ('returns-without-corosync-link' in words)
    return nodeFaults.returnsWithoutCorosyncLink(words.node, words['returns-without-corosync-link']);
  if ('loses-storage' in words) return nodeFaults.losesStorage(words.node, words['loses-storage']);
  if ('finds-storage' in words) return nodeFaults.findsStorage(words.node, words['finds-storage']);
  if ('runs-full' in words) return nodeFaults.runsFull(words.node, words['runs-full']);
  if ('is-cleared' in words) return nodeFaults.isCleared(words.node, words['is-cleared']);
  if ('link' in words) {
    if (words.link === 'flapping') return nodeFaults.flaps(words.node, 15_000, 4);
    return words.link === 'cut' ? nodeFaults.losesLink(words.node) : nodeFaults.getsLink(words.node);
  }
  const faults = {
    down: nodeFaults.goesDown,
    'power-cycles': nodeFaults.powerCycles,
    'switched-on': nodeFaults.isSwitchedOn,
    hangs: nodeFaults.hangs,
    thaws: nodeFaults.thaws,
    'blocks-its-reboot': nodeFaults.blocksReboot,
    'lets-itself-reboot': nodeFaults.letsReboot,
    'never-returns': nodeFaults.neverReturns,
    'boots-old-kernel': nodeFaults.bootsOldKernel,
    'boots-the-kernel-before-and-keeps-it': nodeFaults.bootsOldByHand,
    'boots-its-newest-kernel': nodeFaults.bootsNewestByHand,
    'hangs-in-its-new-kernel': nodeFaults.hangsInNewKernel,
    'returns-without-cluster': nodeFaults.returnsWithoutCluster,
    'returns-without-its-osds': nodeFaults.returnsWithoutOsds,
    'returns-with-a-silent-lrm': nodeFaults.returnsWithSilentLrm,
    'returns-with-a-degraded-pool': nodeFaults.returnsWithDegradedPool,
    'returns-with-a-wrong-clock': nodeFaults.returnsWithWrongClock,
    'returns-without-its-guests': nodeFaults.returnsWithoutGuests,
    'refuses-login': nodeFaults.refusesLogin,
    'accepts-login': nodeFaults.acceptsLogin,
    'joins-again': nodeFaults.joinsAgain,
  } as const;
  return faults[words.does](words.node);
}

function aptFault(words: Words<'apt'>): Fault {
  switch (words.apt) {
    case 'locked':
      return aptFaults.locked(words.on, words.for, words.package);
    case 'lists-locked':
      return aptFaults.listsLocked(words.on, words.for);
    case 'archives-locked':
      return aptFaults.archivesLocked(words.on, words.for);
    case 'repository-broken':
      return aptFaults.brokenRepository(words.on, words.uri, words.says);
    case 'repository-mended':
      return aptFaults.mendedRepository(words.on, words.uri);
    case 'wants-to-remove':
      return aptFaults.wantsToRemove(words.on, words.package);
    case 'repository-moves':
      return aptFaults.published(words.on, words.packages);
    case 'half-configured':
      return aptFaults.halfConfigured(words.on, words.package);
    case 'held-package':
      return aptFaults.held(words.on, words.package);
    case 'asks-about-conffile':
      return aptFaults.asksAboutConffile(words.on, words.package);
    case 'failing-postinst':
      return aptFaults.failingPostinst(words.on, words.package);
    default: {
      const other: never = words;
      return other;
    }
  }
}

function guestFault(words: Exclude<Words<'guest'>, { person: unknown }>): Fault {
  if ('is-moved-to' in words) return guestFaults.isMoved(words.guest, words['is-moved-to']);
  if ('is-locked' in words) return guestFaults.isLocked(words.guest, words['is-locked']);
  if ('appears-on' in words)
    return guestFaults.appears(words.guest, {
      on: words['appears-on'],
      ...(words.memory === undefined ? {} : { memoryBytes: words.memory }),
    });
  const faults = {
    'refuses-migration': (id: number) => guestFaults.refusesMigration(id),
    'agrees-to-migrate': guestFaults.agreesToMigrate,
    'stays-paused-after-moving': guestFaults.staysPaused,
    'goes-on': guestFaults.goesOn,
    'ignores-shutdown': guestFaults.ignoresShutdown,
    'is-deleted': guestFaults.isDeleted,
    'is-unlocked': guestFaults.isUnlocked,
    'fails-in-ha': guestFaults.failsInHa,
    'recovers-in-ha': guestFaults.recoversInHa,
  } as const;
  return faults[words.does](words.guest);
}

function personFault(words: Words<'person'>): Fault {
  switch (words.person) {
    case 'starts-backup':
      return personFaults.startsBackup(words.guest, words.takes);
    case 'starts-server-task':
      return personFaults.startsServerTask(words.node, words.task, words.takes);
    case 'stops-node':
      return personFaults.stopsNode(words.node);
    case 'stops-guest':
      return personFaults.stopsGuest(words.guest);
    case 'starts-guest':
      return personFaults.startsGuest(words.guest);
    case 'holds':
      return personFaults.holdsNode(words.node, words.because);
    case 'sets-crs':
      return personFaults.setsCrs(words.to);
    case 'lets-go':
      return personFaults.releasesNode(words.node);
    case 'mends-dpkg':
      return aptFaults.mended(words.node);
    case 'refreshes-lists':
      return aptFaults.refreshed(words.node);
    case 'puts-into-maintenance':
      return personFaults.putsIntoMaintenance(words.node);
    case 'starts-another':
      return personFaults.acts({ kind: 'starts-another', node: words.node });
    case 'edits-config':
      return personFaults.acts({ kind: 'edits-config', config: words.config });
    case 'pauses':
    case 'stops':
    case 'resumes':
    case 'abandons':
    case 'terminates':
      return personFaults.acts({ kind: words.person });
    default: {
      const other: never = words;
      return other;
    }
  }
}

function callFault(words: Words<'call'>): Fault {
  const { host, command, times } = words;
  const where = {
    ...(host === undefined ? {} : { host }),
    ...(command === undefined ? {} : { command }),
    ...(times === undefined ? {} : { times }),
  };
  const how = { fails: 'fails', lies: 'lies', slow: 'is slow', never: 'never answers', repeats: 'repeats its last answer' }[words.call];
  const often = times === undefined || times === 1 ? '' : times > 1000 ? ', always' : `, ${times} times`;
  const title = `${command ?? 'the next call'}${host === undefined ? '' : ` on ${host}`} ${how}${often}`;
  const fault: CallFault = { title, ...where, does: callDoes(words) };
  return { title, strike: ({ calls }) => calls.arm(fault) };
}

function callDoes(words: Words<'call'>): CallFault['does'] {
  switch (words.call) {
    case 'fails':
      return { kind: 'fails', as: words.as, when: words['too-late'] === true ? 'after' : 'before' };
    case 'lies':
      return { kind: 'exits', exitCode: words.exit ?? 0, stdout: words.says, stderr: words.complains ?? '' };
    case 'slow':
      return { kind: 'slow', factor: words.factor };
    case 'never':
      return { kind: 'never' };
    case 'repeats':
      return { kind: 'repeats' };
    default: {
      const other: never = words;
      return other;
    }
  }
}
