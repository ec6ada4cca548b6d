/**
 * A new kernel boots once, with the one that runs as the default, and becomes the default when its node is whole again. Whatever happens in
 * between, a node that is switched off and on boots the kernel before.
 */
import { bootIdQuery } from '../../../clients/host.ts';
import { kernelPinsQuery, runningKernelQuery, type KernelPins } from '../../../clients/kernel.ts';
import { endPin, forgetOnce, isSet, setTrial } from '../../../clients/kernel-trial.ts';
import { ask, askNamed } from '../../../clients/query.ts';
import type { KernelTrial } from '../../../model/kernel-trial.ts';
import { loanReturnText, type Loan } from '../../../model/loan.ts';
import { Pause } from '../../../model/pause.ts';
import { stepId, type KeepKernelStep, type TryKernelStep } from '../../../model/step.ts';
import { at, type Context } from '../../../run/context.ts';
import type { Handler } from '../../../run/handler.ts';
import { Unseen } from '../../../run/passing.ts';

type TrialLoan = Extract<Loan, { kind: 'kernel-trial' }>;

export const tryKernel: Handler<TryKernelStep, { bootId: string }> = {
  remember: async ({ node }, context) => ({ bootId: await ask(at(context, node), bootIdQuery) }),
  run: async ({ node, trial }, { bootId }, context) => {
    if (isWanted(context)) await beginTrial(node, trial, bootId, context);
    else await giveUpTrial(node, context);
  },
  satisfied: async ({ node, trial }, _remembered, context) => {
    const loan = trialOn(node, context);
    if (!isWanted(context) && loan === undefined) return { yes: true, detail: 'new_kernel: boot' };
    if (isWanted(context) && (await isReady(node, trial, context)))
      return { yes: true, detail: `${trial.kernel} once, then ${trial.before}` };
    return { yes: false, seen: `the boot loader of ${node} does not have kernel ${trial.kernel} for one boot`, again: true };
  },
  pollMs: 1000,
  late: ({ node, trial }, seen) => ({
    code: 'trial.failed',
    reason: {
      what: `the boot loader of ${node} cannot be told to try kernel ${trial.kernel} once`,
      seen,
      next: 'set new_kernel: boot to boot it as usual, then: proxroll resume',
    },
  }),
};

export const keepKernel: Handler<KeepKernelStep> = {
  remember: () => Promise.resolve({}),
  run: async ({ node }, _remembered, context) => {
    const loan = trialOn(node, context);
    if (loan === undefined) return;
    const { bootId, running } = await askNamed(at(context, node), { bootId: bootIdQuery, running: runningKernelQuery });
    if (!bootId.known) throw new Unseen(bootId.why);
    if (!running.known) throw new Unseen(running.why);
    if (bootId.value !== loan.bootId && !hasPassed(node, running.value, loan, context)) throw unproven(loan, running.value);
    await giveUpTrial(node, context);
  },
  satisfied: ({ node }, _remembered, context) => {
    const loan = trialOn(node, context);
    if (loan === undefined) return Promise.resolve({ yes: true });
    return Promise.resolve({ yes: false, seen: `${loan.before} is still the default of ${node}`, again: true });
  },
  pollMs: 1000,
  late: ({ node }, seen) => ({
    code: 'trial.failed',
    reason: {
      what: `the new kernel could not be made the default of ${node}`,
      seen,
      next: `on ${node}: proxmox-boot-tool kernel unpin; proxmox-boot-tool refresh; then: proxroll resume`,
    },
  }),
};

/** Looks whether it is set, and sets it where it is not: a power cut uses up what was set for one boot. @throws Pause, what asking the node throws */
export async function renewTrial(node: string, trial: KernelTrial, bootId: string, context: Context): Promise<void> {
  if (isWanted(context) && !(await isReady(node, trial, context))) await beginTrial(node, trial, bootId, context);
}

/** A node that was told to try a kernel and came up with the one before. */
export function cameBack(node: string, running: string, { kernel }: KernelTrial): Pause {
  return new Pause('reboot.old-kernel', {
    what: `${node} came back on the kernel before`,
    seen: `kernel ${kernel} was set for one boot, and it runs ${running}, which stays its default: ${kernel} has not come up, or the power was cut since`,
    next: `find out why (its console; journalctl -b -1 on ${node}); proxroll abandon leaves ${running} as the default; or boot ${kernel} from its menu, then: proxroll resume`,
  });
}

function isWanted(context: Context): boolean {
  return context.site.config.new_kernel !== 'boot';
}

/** What is borrowed of its boot loader. */
export function trialOn(node: string, context: Context): TrialLoan | undefined {
  return context.state().loans.find((loan): loan is TrialLoan => loan.kind === 'kernel-trial' && loan.node === node);
}

async function isReady(node: string, trial: KernelTrial, context: Context): Promise<boolean> {
  const on = at(context, node);
  return trialOn(node, context) !== undefined && isOurs(await ask(on, kernelPinsQuery), trial) && (await isSet(on, trial));
}

async function beginTrial(node: string, trial: KernelTrial, bootId: string, context: Context): Promise<void> {
  const on = at(context, node);
  if (trialOn(node, context) === undefined) {
    const { pinned, pinnedForNextBoot } = await ask(on, kernelPinsQuery);
    if (pinned !== undefined || pinnedForNextBoot !== undefined)
      throw new Pause('trial.failed', {
        what: `somebody has pinned a kernel on ${node} meanwhile, so ${trial.kernel} cannot be tried once`,
        seen: `${pinnedForNextBoot ?? pinned ?? ''} is pinned`,
        next: `on ${node}: proxmox-boot-tool kernel unpin, or set new_kernel: boot; then: proxroll resume`,
      });
    await context.record({ type: 'loan.taken', loan: { kind: 'kernel-trial', node, bootId, ...trial } });
  }
  await setTrial(on, trial);
}

/** The default is as it was before. What somebody else has pinned meanwhile stays. */
async function giveUpTrial(node: string, context: Context): Promise<void> {
  const loan = trialOn(node, context);
  if (loan === undefined) return;
  const on = at(context, node);
  await forgetOnce(on, loan.by);
  const pins = await ask(on, kernelPinsQuery);
  const { pinned, pinnedForNextBoot } = pins;
  if (isOurs(pins, loan) || (pinned === undefined && pinnedForNextBoot === undefined)) await endPin(on, loan.by);
  else
    await context.record({
      type: 'warned',
      subject: node,
      what: `${node} does not boot its newest kernel: ${pinnedForNextBoot ?? pinned ?? ''} was pinned by somebody else meanwhile, and stays so`,
      next: loanReturnText(loan),
    });
  await context.record({ type: 'loan.returned', loan });
}

function isOurs({ pinned, pinnedForNextBoot }: KernelPins, { before }: KernelTrial): boolean {
  return pinned === before && pinnedForNextBoot === undefined;
}

function hasPassed(node: string, running: string, { kernel }: TrialLoan, context: Context): boolean {
  return running === kernel && context.state().steps.get(stepId(node, 'rejoin'))?.status === 'done';
}

function unproven({ node, kernel, before, ...loan }: TrialLoan, running: string): Pause {
  return new Pause('reboot.old-kernel', {
    what: `${before} stays the default of ${node}`,
    seen:
      running === kernel
        ? `${kernel} runs, but the node has not passed its gates`
        : `it runs ${running}: ${kernel} has not come up, or the power was cut since`,
    next:
      running === kernel
        ? `when ${kernel} is to be the default: ${loanReturnText({ node, kernel, before, ...loan })}`
        : `find out why (its console; journalctl -b -1 on ${node}); proxroll abandon leaves ${running} as the default; or boot ${kernel} from its menu, then: proxroll resume`,
  });
}
