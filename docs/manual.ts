/** Manual pages: proxroll(8) from the commands as they are, proxroll-config(5) from the schema. */
import { readFileSync } from 'node:fs';
import { configKeys, type KeyFacts } from '../src/config/keys.ts';
import { inline } from '../src/config/show.ts';
import { commandTree, type CommandFacts, type OptionFacts } from './commands.ts';

const head = (name: string, section: number) => `.TH ${name} ${section} "${releaseDay()}" "proxroll" "System administration"`;

/** Of the newest entry of the package's changelog, so that a page does not change with the day it is made on. */
function releaseDay(): string {
  const changelog = readFileSync(new URL('../debian/changelog', import.meta.url), 'utf8');
  const signed = /^ -- .*>  (.*)$/m.exec(changelog)?.[1] ?? '';
  return new Date(signed).toISOString().slice(0, 10);
}

/** Text in a page: a dash is a dash and no hyphen, and no line begins with a command of roff. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/`([^`]*)`/g, '\\fB$1\\fR')
    .replaceAll(/^([.'])/gm, '\\&$1');
}

function sentence(text: string): string {
  return roff(`${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
}

const optionText = ({ names, value, description }: OptionFacts) =>
  `.TP\n${names.map((name) => `\\fB${roff(name)}\\fR`).join(', ')}${value === undefined ? '' : ` \\fI${roff(value.slice(1, -1))}\\fR`}\n${sentence(description)}`;

/** What stands in no help text. */
const more: Readonly<Record<string, string>> = {
  rehearse: `The words of \\fB\\-\\-fail\\fR are
.IR NODE " never\\-returns" ,
.IR NODE " returns\\-after 40m" ,
.IR NODE " boots\\-old\\-kernel" ,
.IR NODE " hangs" ,
.IR NODE " down" ,
.RI "link cut " NODE ,
.RI "guest " VMID " refuses\\-migration" ,
.RI "guest " VMID " ignores\\-shutdown" ,
.RI "apt locked on " NODE ,
.RI "apt failing\\-postinst on " NODE .`,
};

function commandText(command: CommandFacts): string {
  const name = command.path.split(' ').at(-1) ?? '';
  const inside = [
    ...command.arguments.map(
      (argument) =>
        `.TP\n\\fI${roff(argument.name)}\\fR\n${sentence(argument.description === '' ? `the ${argument.name}` : argument.description)}`,
    ),
    ...command.options.filter((option) => !option.names.includes('--help')).map(optionText),
    ...command.commands.map(commandText),
  ];
  return [
    '.TP',
    `.B ${roff(name)}`,
    sentence(command.description),
    ...(more[command.path] === undefined ? [] : [more[command.path] ?? '']),
    ...(inside.length === 0 ? [] : ['.RS', ...inside, '.RE']),
  ].join('\n');
}

export function programPage(): string {
  const tree = commandTree();
  const prose = readFileSync(new URL('proxroll.8.in', import.meta.url), 'utf8');
  return prose
    .replace('@HEAD@', head('PROXROLL', 8))
    .replace('@COMMANDS@', () => tree.commands.map(commandText).join('\n'))
    .replace('@OPTIONS@', () => tree.options.map(optionText).join('\n'));
}

export function configPage(): string {
  return `${head('PROXROLL-CONFIG', 5)}
.SH NAME
proxroll\\-config \\- configuration of proxroll
.SH SYNOPSIS
.I /etc/proxroll/config.yaml
.SH DESCRIPTION
A YAML file, read at the start of every run, or the one that is named by
.BR "proxroll \\-c" .
There need not be one, and every key is optional. An unknown key or a wrong value stops every command with exit status 2 before anything
is touched.
.PP
.B proxroll config check
says every problem with its line,
.B proxroll config show
what is in force.
.SH KEYS
${configKeys().map(keyText).join('\n')}
.SH SEE ALSO
.BR proxroll (8)
`;
}

function keyText({ path, description, type, instead, group }: KeyFacts): string {
  const facts = group ? [] : ['.br', roff(`Type: ${type}. Default: ${inline(instead)}.`)];
  return ['.TP', `.B ${roff(path.join('.'))}`, roff(description), ...facts].join('\n');
}
