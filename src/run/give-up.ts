/**
 * Giving up one node and going on with the next, as far as `limits.failed_nodes` allows: only a node whose packages have not
 * begun to change, so that it stays what it was. A node that is half patched or away always pauses the run.
 */
import { Pause, type PauseCode } from '../model/pause.ts';
import type { Context } from './context.ts';
import { putBackNode } from './put-back.ts';

/** It would not be emptied. Everything else says that something is wrong which may concern the next node too. */
const aboutThisNode: readonly PauseCode[] = ['drain.refused', 'drain.no-target', 'drain.deadline'];

/** How a node that was given up is told in `node.done`. */
const givenUp = 'given up: ';

/** @returns whether the node was given up and all it borrowed was put back as far as possible; `false` means that the error stands */
export async function giveUpNode(error: unknown, node: string, context: Context): Promise<boolean> {
  if (!(error instanceof Pause) || !aboutThisNode.includes(error.code)) return false;
  const { nodesDone, steps } = context.state();
  const before = nodesDone.filter((done) => done.left.some((why) => why.startsWith(givenUp))).length;
  const touched = [...steps.values()].some(({ step, status }) => step.node === node && step.kind === 'upgrade' && status !== 'waiting');
  if (touched || before >= context.site.config.limits.failed_nodes) return false;
  const { what, seen, next } = error.reason;
  await context.record({ type: 'warned', subject: node, what: `${node} is given up in this run: ${what} (${seen})`, next });
  await putBackNode(node, context);
  await context.record({ type: 'node.done', node, packages: 0, rebooted: false, left: [`${givenUp}${what}`] });
  return true;
}
