/** `grep -sH '' PATH...`, `grep -H . PATH...` for all lines that hold anything, and `grep -rsH '' /etc/pve/nodes --include=*.conf`: whole files with their names before every line. */
import type { Process } from '../process.ts';
import { readHostFile } from './host-files.ts';

export function grep(process: Process): number {
  const operands: string[] = [];
  const flags = new Set<string>();
  for (const word of process.argv.slice(1)) {
    if (word.startsWith('--')) continue;
    if (word.startsWith('-') && word.length > 1) for (const letter of word.slice(1)) flags.add(letter);
    else operands.push(word);
  }
  const [pattern = '', ...paths] = operands;
  let matched = false;
  let failed = false;
  for (const path of paths) {
    const files = flags.has('r') ? below(process, path) : one(process, path);
    if (files === undefined) {
      failed = true;
      if (!flags.has('s')) process.err(`grep: ${path}: ${whyMissing(process, path)}`);
      continue;
    }
    for (const [name, text] of files) {
      const found = prefixed(name, text, pattern, flags.has('H') || (flags.has('r') && !flags.has('h')));
      if (found === '') continue;
      matched = true;
      process.write(found);
    }
  }
  // Without -q an unreadable file outweighs a match (grep's own rule).
  return failed ? 2 : matched ? 0 : 1;
}

function one(process: Process, path: string): ReadonlyMap<string, string> | undefined {
  const file = readHostFile(process, path);
  return file.found ? new Map([[path, file.text]]) : undefined;
}

function whyMissing(process: Process, path: string): string {
  const file = readHostFile(process, path);
  return file.found ? 'No such file or directory' : file.why;
}

function below(process: Process, path: string): ReadonlyMap<string, string> | undefined {
  const { world, node } = process;
  if (path === '/run/qemu-server')
    return new Map(
      world.guests
        .upOn(node.name)
        .filter(({ kind }) => kind === 'qemu')
        .map(({ vmid, pid }) => [`${path}/${vmid}.pid`, `${pid}\n`]),
    );
  if (path === '/etc/network/interfaces') return one(process, path);
  if (path === '/etc/network/interfaces.d') return one(process, `${path}/sdn`) ?? new Map();
  if (path !== '/etc/pve/nodes' || !world.pmxcfs.mounted(node)) return undefined;
  return new Map([...world.pmxcfs.configs()].map(([name, text]) => [`/etc/pve/${name}`, text]));
}

/** What was found last in a file of that name: configs are read again and again, and seldom change. */
const lastFound = new Map<string, { readonly text: string; readonly found: string }>();

function prefixed(name: string, text: string, pattern: string, withName: boolean): string {
  if (pattern !== '' || !withName) return matching(name, text, pattern, withName);
  const last = lastFound.get(name);
  if (last?.text === text) return last.found;
  const found = matching(name, text, pattern, withName);
  lastFound.set(name, { text, found });
  return found;
}

/** POSIX's word for a blank, which JavaScript does not know. */
const blank = '[[:space:]]';

function matching(name: string, text: string, pattern: string, withName: boolean): string {
  const start = withName ? `${name}:` : '';
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text === '' ? [] : text.split('\n');
  const expression = pattern.includes(blank) ? new RegExp(pattern.replaceAll(blank, '\\s')) : undefined;
  const isWanted = (line: string): boolean => expression?.test(line) ?? (pattern === '.' ? line !== '' : line.includes(pattern));
  const wanted = pattern === '' ? lines : lines.filter((line) => isWanted(line));
  return wanted.map((line) => `${start}${line}\n`).join('');
}
