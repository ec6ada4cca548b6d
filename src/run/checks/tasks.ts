/** Nobody works on the nodes in question: a reboot ends a backup, and package triggers may kill a task (facts 1.3, 6.9, 8.1). */
import { durationText } from '../../model/duration.ts';
import type { TaskFacts } from '../../model/snapshot.ts';
import type { Check } from './scope.ts';
import { notKnown } from './scope.ts';

/** A person who looks at a screen keeps nobody busy (facts 1.3). */
const consoles = ['vncproxy', 'vncshell', 'spiceproxy', 'spiceshell', 'termproxy'];

/** A task does not say where it takes its guest. */
const migrations = ['qmigrate', 'vzmigrate'];

export const checkTasks: Check = ({ snapshot, inQuestion, scope }) => {
  if (!snapshot.tasks.known) return [notKnown('cluster', 'it is unknown which tasks run', snapshot.tasks.why)];
  return busyTasks(snapshot.tasks.value).map((task) => {
    const disturbs = inQuestion.some((node) => node.name === task.node);
    const arrival =
      !disturbs && scope.when === 'before-node' && scope.reboots === true && migrations.includes(task.type) ? scope.node : undefined;
    const age = Math.max(0, snapshot.takenAtMs - task.startedAtS * 1000);
    const seen = `started ${durationText(age)} ago by ${task.user}; ${task.upid}`;
    if (arrival !== undefined)
      return {
        severity: 'blocker',
        subject: arrival,
        what: `guest ${task.id} leaves ${task.node}, perhaps for ${arrival}, which is about to go down`,
        seen,
        next: 'wait until that migration has ended',
      };
    return {
      severity: disturbs ? 'blocker' : 'warning',
      subject: task.node,
      what: `${task.type === 'vzdump' ? 'a backup' : `task ${task.type}`}${task.id === '' ? '' : ` of ${task.id}`} runs on ${task.node}`,
      seen,
      next: disturbs ? `wait until it has ended, or stop it on ${task.node}` : `nothing; ${task.node} is left alone meanwhile`,
    };
  });
};

/** @returns the tasks that do work, consoles left out */
export function busyTasks(tasks: readonly TaskFacts[]): readonly TaskFacts[] {
  return tasks.filter((task) => !consoles.includes(task.type));
}
