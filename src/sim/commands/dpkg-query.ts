/** `dpkg-query -W -f=${db:Status-Abbrev}\t${Package}\t${Version}\n [PACKAGE...]`. */
import type { Process } from '../process.ts';

export function dpkgQuery(process: Process): number {
  const { apt } = process.node;
  const format = process.argv.find((word) => word.startsWith('-f='))?.slice(3) ?? '${Package}\\t${Version}\\n';
  const names = process.argv.slice(1).filter((word) => !word.startsWith('-'));
  let exitCode = 0;
  let text = '';
  for (const name of names.length > 0 ? names : [...apt.installed.keys()].sort()) {
    const version = apt.installed.get(name);
    if (version === undefined) {
      exitCode = process.fail(1, `dpkg-query: no packages found matching ${name}`);
      continue;
    }
    text += format
      .replace('${db:Status-Abbrev}', apt.held.includes(name) ? 'hi ' : (apt.states.get(name) ?? 'ii '))
      .replace('${Package}', name)
      .replace('${binary:Package}', name)
      .replace('${Version}', version)
      .replace(/\\t/g, '\t')
      .replace(/\\n/g, '\n');
  }
  process.write(text);
  return exitCode;
}
