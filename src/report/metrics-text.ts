/** The figures in Prometheus' text format. Times are told as times and not as ages, in seconds; what is not known has no series. */
import { Gauge, Registry } from 'prom-client';
import { loanKinds, rebootReasons, runResults, type Figures } from '../model/metrics.ts';

/** @returns text that ends in a line break; every name once, with its help */
export async function metricsText(figures: Figures): Promise<string> {
  const { version, cluster, lastRun, nodes } = figures;
  const registry = new Registry();
  registry.setDefaultLabels({ cluster });
  type Labels = Readonly<Record<string, string>>;
  /** A name without any value is left out as a whole. */
  const gauge = (name: string, help: string, values: readonly (readonly [value: number | undefined, labels?: Labels])[]): void => {
    const known = values.filter((one): one is readonly [number, Labels?] => one[0] !== undefined);
    if (known.length === 0) return;
    const made = new Gauge({ name: `proxroll_${name}`, help, labelNames: Object.keys(known[0]?.[1] ?? {}), registers: [registry] });
    for (const [value, labels = {}] of known) made.set({ ...labels }, value);
  };
  const perNode = (name: string, help: string, of: (node: Figures['nodes'][number]) => number | undefined): void =>
    gauge(
      `node_${name}`,
      help,
      nodes.map((node) => [of(node), { node: node.node }]),
    );

  gauge('info', 'The proxroll that wrote these figures.', [[1, { version }]]);
  gauge('look_timestamp_seconds', 'When the nodes were last looked at.', [[seconds(figures.lookedAtMs)]]);
  gauge('last_success_timestamp_seconds', 'When a run last finished.', [[seconds(figures.lastSuccessMs)]]);
  gauge('start_refused_timestamp_seconds', 'When a run was last asked for and not begun, blocked or busy.', [
    [seconds(figures.refusedAtMs)],
  ]);
  gauge('last_run_start_timestamp_seconds', 'When the last run began.', [[seconds(lastRun?.beganAtMs)]]);
  gauge('last_run_duration_seconds', 'From the beginning of the last run to its last event.', [[seconds(lastRun?.tookMs)]]);
  gauge('last_run_result', 'How the last run stands: 1 for the result that it has.', [
    ...(lastRun === undefined ? [] : runResults.map((result) => [lastRun.result === result ? 1 : 0, { result }] as const)),
  ]);
  gauge('run_in_progress', 'Whether a run is going on.', [[lastRun?.result === 'running' ? 1 : 0]]);
  gauge('run_paused', 'Whether a run waits for a person.', [[lastRun?.result === 'paused' ? 1 : 0]]);
  gauge('run_paused_timestamp_seconds', 'Since when it waits.', [[seconds(lastRun?.pausedAtMs)]]);
  gauge('last_run_guest_memory_moved_bytes', 'Memory of the guests that the last run moved, each move counted.', [[lastRun?.movedBytes]]);
  gauge('last_run_guests_interrupted', 'Guests that the last run stopped or restarted.', [[lastRun?.guestsInterrupted]]);
  gauge(
    'loans_outstanding',
    'Settings that proxroll has changed and not put back yet.',
    loanKinds.map((kind) => [lastRun?.loans.filter((loan) => loan.kind === kind).length ?? 0, { kind }]),
  );
  gauge('loan_oldest_timestamp_seconds', 'When the oldest of them was taken.', [
    [seconds(oldest(lastRun?.loans.map(({ takenAtMs }) => takenAtMs)))],
  ]);

  perNode('answers', 'Whether the node answered when it was last looked at.', ({ answers }) =>
    answers === undefined ? undefined : answers ? 1 : 0,
  );
  gauge(
    'node_reboot_due',
    'Whether the node should reboot, by reason.',
    nodes.flatMap(({ node, rebootDue }) =>
      rebootDue === undefined ? [] : rebootReasons.map((reason) => [rebootDue[reason] ? 1 : 0, { node, reason }] as const),
    ),
  );
  perNode('reboot_due_since_timestamp_seconds', 'Since when a reboot was seen to be due.', ({ rebootDueSinceMs }) =>
    seconds(rebootDueSinceMs),
  );
  perNode('packages_pending', 'Packages that an upgrade would change.', ({ packages }) => packages);
  perNode('security_packages_pending', 'Those of them that come from a security repository.', ({ security }) => security);
  perNode('security_pending_since_timestamp_seconds', 'Since when security packages were seen to be pending.', ({ securitySinceMs }) =>
    seconds(securitySinceMs),
  );
  perNode('hold', 'Whether somebody wants the node left alone.', ({ held }) => (held === undefined ? undefined : held ? 1 : 0));
  perNode('last_patched_timestamp_seconds', 'When a run last patched or rebooted the node.', ({ patchedAtMs }) => seconds(patchedAtMs));
  perNode(
    'exposure_seconds',
    'Longest time from the publication of a security fix until the node ran with it, in its last patching.',
    ({ exposureMs }) => seconds(exposureMs),
  );
  return registry.metrics();
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function oldest(times: readonly number[] = []): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times);
}
