/** A shell on a host of a living lab, from another terminal. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { livingRuns } from './lab-run.ts';
import { LabSsh } from './ssh.ts';
import { hostAddress } from './network.ts';
import { LabImpossible } from './tools.ts';

/** @param words a command for the host; without one, an interactive shell @returns its exit code */
export async function shell(host: string, words: readonly string[]): Promise<number> {
  const [labRun, another] = await livingRuns();
  if (labRun === undefined) throw new LabImpossible('no lab is up');
  if (another !== undefined) throw new LabImpossible(`more than one lab is up: ${labRun.name}, ${another.name}`);
  const index = Number(/^pve(\d)$/.exec(host)?.[1]);
  if (Number.isNaN(index)) throw new LabImpossible(`hosts of the lab are called pve1, pve2, …, not ${host}`);
  const first = await firstProcess(labRun.pid);
  const terminal = words.length === 0 ? ['-t'] : [];
  const ssh = ['ssh', ...terminal, ...new LabSsh(labRun.folder).argv(hostAddress(index)), ...(words.length === 0 ? [] : ['--', ...words])];
  const child = spawn('nsenter', [`--target=${first}`, '--mount', '--net', '--pid', '--', ...ssh], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** The first process inside: the child of `unshare`, itself a child of the run's owner. */
async function firstProcess(owner: number): Promise<string> {
  const children = async (pid: string) => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
  for (const child of await children(String(owner))) {
    if (child === '' || !(await readFile(`/proc/${child}/comm`, 'utf8')).startsWith('unshare')) continue;
    const [first] = await children(child);
    if (first !== undefined && first !== '') return first;
  }
  throw new LabImpossible('the lab is starting or ending');
}
