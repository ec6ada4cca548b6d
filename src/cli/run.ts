import { Option, type Command } from 'commander';
import { Exit } from './exit-codes.ts';
import { gathered } from './gathered.ts';
import { textOptions, type Session } from './session.ts';

interface RunOptions {
  readonly dryRun?: true;
  readonly node?: readonly string[];
  readonly plan?: string;
  readonly rebootOnly?: true;
  readonly yes?: true;
  readonly service?: true;
  readonly json?: true;
}

export function addRun(program: Command, session: Session): void {
  program
    .command('run')
    .description('show the plan, ask, start the run and follow it; the run itself is proxroll.service')
    .option('--dry-run', 'look and decide as a run does, and refuse every change')
    .option('--node <name>', 'only this node; may be given several times', gathered)
    .option('--plan <digest>', 'do what this plan says, without asking; refuse when it would be another one now')
    .option('--reboot-only', 'install nothing, reboot every node once')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print how it ended as JSON; needs --yes or --dry-run')
    .addOption(new Option('--service', 'carry the run in this process, as proxroll.service does').hideHelp())
    .action(async (options: RunOptions) => {
      if (options.rebootOnly) session.globals = { ...session.globals, rebootOnly: true };
      if (options.service) {
        session.inService = true;
        const { serve } = await import('./serve.ts');
        session.exit = await serve(session, options.node ?? [], options.plan);
      } else if (options.dryRun) await dryRun(session, options);
      else await startAndFollow(session, options);
    });
}

async function dryRun(session: Session, { node = [], json }: RunOptions): Promise<void> {
  const [{ plainView }, { reportOutcome }] = await Promise.all([import('../report/live.ts'), import('./outcome.ts')]);
  const view = plainView(session.entrance.err);
  const actions = await session.actions();
  const outcome = await actions.conduct({
    nodes: node,
    dryRun: true,
    onFindings: () => undefined,
    onEvent: (entry, state) => view.entry(entry, state),
  });
  session.exit = reportOutcome(session, outcome, json === true);
}

async function startAndFollow(session: Session, { node = [], plan: approved, yes: notAsked, json }: RunOptions): Promise<void> {
  const { entrance } = session;
  const yes = notAsked === true || approved !== undefined;
  if (!yes && (json === true || !entrance.interactive)) {
    session.remark(
      'proxroll: nobody can be asked here, so nothing was started. Start it without asking: proxroll run --yes, or: systemctl start proxroll',
    );
    session.exit = Exit.usage;
    return;
  }
  const [{ blocks }, { planDigest }, { plannedText }, { standingRun }, { follow }, { Refused }] = await Promise.all([
    import('../model/finding.ts'),
    import('../model/plan-facts.ts'),
    import('./planned-text.ts'),
    import('./standing-run.ts'),
    import('./follow.ts'),
    import('./refused.ts'),
  ]);
  const actions = await session.actions();
  const standing = await standingRun(actions);
  if (standing !== undefined) {
    session.remark(`proxroll: ${standing.text}`);
    session.exit = standing.exit;
    return;
  }
  const { findings, plan } = await actions.plan({ nodes: node });
  const text = plannedText(findings, plan, textOptions(entrance.out));
  if (json) session.remark(text);
  else session.say(text);
  if (findings.some(blocks)) {
    session.exit = Exit.blocked;
    return;
  }
  if (approved !== undefined && planDigest(plan) !== approved)
    throw new Refused(
      `the cluster is not as it was when plan ${approved} was approved, so nothing was started`,
      await actions.differenceFrom(approved, plan),
      `look at what would be done now: proxroll plan; then: proxroll run --plan ${planDigest(plan)}`,
      Exit.blocked,
    );
  // Whether lists are fresh is not known before the run has refreshed them, so an empty plan is no reason not to ask.
  if (!yes && !(await agreed(session, plan.tracks.length))) {
    session.remark('Nothing was started.');
    return;
  }
  await actions.startService({ nodes: node, ...(approved === undefined ? {} : { plan: approved }) });
  session.exit = await follow(session, actions, entrance.err, json === true);
}

async function agreed(session: Session, nodes: number): Promise<boolean> {
  const question = nodes === 0 ? 'Refresh the package lists and look again?' : 'Start this run?';
  const answer = await session.entrance.ask(`${question} [y/N] `);
  return /^y(es)?$/i.test((answer ?? '').trim());
}
