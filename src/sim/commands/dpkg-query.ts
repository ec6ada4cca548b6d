/** `dpkg-query -W -f=${db:Status-Abbrev}\t${Package}\t${Version}\n [PACKAGE...]`. */
import type { Process } from '../process.ts';

export function dpkgQuery(process: Process): number {
  const { apt } = process.node;
  const parts = partsOf(process.argv.find((word) => word.startsWith('-f='))?.slice(3) ?? '${Package}\\t${Version}\\n');
  const names = process.argv.slice(1).filter((word) => !word.startsWith('-'));
  let exitCode = 0;
  let text = '';
  for (const name of names.length > 0 ? names : [...apt.installed.keys()].sort()) {
    const version = apt.installed.get(name);
    if (version === undefined) {
      exitCode = process.fail(1, `dpkg-query: no packages found matching ${name}`);
      continue;
    }
    const values = [apt.held.includes(name) ? 'hi ' : (apt.states.get(name) ?? 'ii '), name, version];
    for (const part of parts) text += typeof part === 'number' ? values[part] : part;
  }
  process.write(text);
  return exitCode;
}

/** Texts, and for each field its place among status, name and version. */
type Part = string | 0 | 1 | 2;

const fields: Readonly<Record<string, Part | undefined>> = {
  '${db:Status-Abbrev}': 0,
  '${Package}': 1,
  '${binary:Package}': 1,
  '${Version}': 2,
};

function partsOf(format: string): readonly Part[] {
  return format
    .replace(/\\t/g, '\t')
    .replace(/\\n/g, '\n')
    .split(/(\$\{[^}]*\})/)
    .map((part) => fields[part] ?? part);
}
