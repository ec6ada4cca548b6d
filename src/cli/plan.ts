import type { Command } from 'commander';
import type { Plan } from '../model/plan.ts';
import { Exit } from './exit-codes.ts';
import { gathered } from './gathered.ts';
import { textOptions, type Session } from './session.ts';

export function addPlan(program: Command, session: Session): void {
  const plan = program
    .command('plan')
    .description('show what a run would do, what it would leave out, and why')
    .option('--node <name>', 'only this node; may be given several times', gathered)
    .option('--reboot-only', 'show a run that installs nothing and only reboots')
    .option('--changes', 'list every package with its versions, and its changelog where apt can fetch it')
    .option('--json', 'print the findings and the plan as JSON')
    .action((options: PlanOptions) => show(session, options));
  plan
    .command('diff <first> <second>')
    .description('what two plans do differently; each is the digest of a plan, a file written by plan --json, or now')
    .action((first: string, second: string) => differ(session, first, second));
}

interface PlanOptions {
  readonly node?: readonly string[];
  readonly changes?: true;
  readonly json?: true;
  readonly rebootOnly?: true;
}

async function show(session: Session, { node = [], changes, json, rebootOnly }: PlanOptions): Promise<void> {
  if (rebootOnly) session.globals = { ...session.globals, rebootOnly };
  const [{ blocks }, { bySeverity }, { planDigest }, { plannedText }, { remarkStandingRun }] = await Promise.all([
    import('../model/finding.ts'),
    import('../report/findings.ts'),
    import('../model/plan-facts.ts'),
    import('./planned-text.ts'),
    import('./standing-run.ts'),
  ]);
  const actions = await session.actions();
  const { findings, plan } = await actions.plan({ nodes: node });
  const listed = changes === undefined ? undefined : await actions.changelogs(plan);
  const blocked = findings.some(blocks);
  const digest = planDigest(plan);
  const stands = await remarkStandingRun(session, actions);
  if (json) session.json({ digest, blocked, findings: bySeverity(findings), plan, ...(listed === undefined ? {} : { changes: listed }) });
  else {
    if (listed !== undefined)
      session.say((await import('../report/plan-changes.ts')).changesText(listed, textOptions(session.entrance.out)));
    session.say(plannedText(findings, plan, textOptions(session.entrance.out)));
    if (!blocked && !stands && plan.tracks.length > 0)
      session.say(`To do exactly this: proxroll run ${rebootOnly ? '--reboot-only ' : ''}--plan ${digest}`);
  }
  session.exit = blocked ? Exit.blocked : Exit.ok;
}

async function differ(session: Session, first: string, second: string): Promise<void> {
  const [{ planDifferences }, { planDifferenceText }] = await Promise.all([
    import('../model/plan-facts.ts'),
    import('../report/plan-difference.ts'),
  ]);
  const differences = planDifferences(await planCalled(session, first), await planCalled(session, second));
  session.say(planDifferenceText(differences, textOptions(session.entrance.out)));
}

/** @throws Refused when there is no such plan, or the file holds something else */
async function planCalled(session: Session, name: string): Promise<Plan> {
  if (name === 'now') return (await (await session.actions()).plan({ nodes: [] })).plan;
  const { Refused } = await import('./refused.ts');
  if (/^[0-9a-f]{12}$/.test(name)) {
    const plan = await (await session.actions()).keptPlan(name);
    if (plan === undefined) throw new Refused(`there is no plan ${name} on this node`, '', 'give a file written by: proxroll plan --json');
    return plan;
  }
  const { planIn } = await import('./plan-file.ts');
  const plan = planIn(await session.entrance.readText(name));
  if (plan === undefined) throw new Refused(`${name} holds no plan`, '', 'write one with: proxroll plan --json > FILE');
  return plan;
}
