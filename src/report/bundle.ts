/**
 * A run for a bug report: its files with everything taken out that is nobody else's business. What stays is decided by what is known to be
 * harmless and needed: node names, vmids, versions, times. What was taken out is counted and listed, never shown.
 */
import type { Config } from '../config/schema.ts';
import { secretShapes } from '../model/redact.ts';
import type { ArchiveFile } from './tar.ts';
import { count } from './paragraph.ts';

/** What is taken out, in words for the list. */
export type Taken =
  | 'secret of the configuration'
  | 'password or token'
  | 'address'
  | 'e-mail address'
  | 'name of a guest'
  | 'text of a person'
  | 'value of the configuration';

export interface Bundle {
  readonly files: readonly ArchiveFile[];
  readonly taken: readonly { readonly what: Taken; readonly times: number; readonly different: number }[];
}

export interface BundleParts {
  readonly run: string;
  /** The run's files by their name in its folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly config: Config;
  readonly version: string;
  /** Takes out what is known as a secret. */
  readonly redact: (text: string) => string;
}

/** Its own mark for each of them, the same wherever it stood, so that a story can still be followed. */
class Marks {
  readonly #marks = new Map<string, string>();
  readonly #times = new Map<Taken, number>();
  readonly #different = new Map<Taken, number>();

  instead(what: Taken, value: string): string {
    this.#times.set(what, (this.#times.get(what) ?? 0) + 1);
    const key = `${what} ${value}`;
    const known = this.#marks.get(key);
    if (known !== undefined) return known;
    const number = (this.#different.get(what) ?? 0) + 1;
    this.#different.set(what, number);
    const mark = `[${what} ${number}]`;
    this.#marks.set(key, mark);
    return mark;
  }

  get taken(): Bundle['taken'] {
    return [...this.#times].map(([what, times]) => ({ what, times, different: this.#different.get(what) ?? 0 }));
  }
}

export function bundle({ run, files, config, version, redact }: BundleParts): Bundle {
  const marks = new Marks();
  const names = guestNames(files);
  const clean = (text: string) => withoutPatterns(withoutNames(redactCounted(text, redact, marks), names, marks), marks);
  const kept = Object.entries(files).map(([name, text]): ArchiveFile => ({
    path: `${run}/${name}`,
    text: /\.jsonl?$/.test(name) ? cleanJson(text, clean, marks, name.endsWith('l')) : clean(text),
  }));
  const settings = { path: `${run}/config.json`, text: `${JSON.stringify(harmless(config, marks), null, 2)}\n` };
  const about = { path: `${run}/version.txt`, text: `proxroll ${version}\n` };
  const taken = marks.taken;
  // A journal that was changed does not verify any more; that is how it is known for a copy.
  return { files: [...kept, settings, about, { path: `${run}/taken-out.txt`, text: takenText(taken) }], taken };
}

/** @returns text that ends in a line break */
export function takenText(taken: Bundle['taken']): string {
  if (taken.length === 0) return 'Nothing had to be taken out.\n';
  return taken
    .map(
      ({ what, times, different }) =>
        `taken out: ${what}, ${count(different, 'different one', 'different ones')}, in ${count(times, 'place')}\n`,
    )
    .join('');
}

function redactCounted(text: string, redact: (text: string) => string, marks: Marks): string {
  return redact(text).replaceAll('[secret]', () => marks.instead('secret of the configuration', ''));
}

/** Names of guests say what a site does; a vmid says nothing. */
function guestNames(files: Readonly<Record<string, string>>): readonly string[] {
  const all = Object.values(files).join('\n');
  const titled = [...all.matchAll(/\b(?:vm|ct) \d{3,9} \(([^()"\\]+)\)/g)].map((match) => match[1] ?? '');
  return [...new Set(titled)].sort((a, b) => b.length - a.length);
}

function withoutNames(text: string, names: readonly string[], marks: Marks): string {
  return names.reduce(
    (left, name) =>
      left.replaceAll(
        new RegExp(`(\\b(?:vm|ct) \\d{3,9} \\()${escapedPattern(name)}(?=\\))`, 'g'),
        (_, head: string) => head + marks.instead('name of a guest', name),
      ),
    text,
  );
}

function escapedPattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Shapes of secrets and of people and places, wherever they stand in a text. */
const shapes: readonly (readonly [what: Taken, shape: RegExp])[] = [
  ...secretShapes.map((shape): readonly [Taken, RegExp] => ['password or token', shape]),
  // Long mixes of letters and figures that are neither a version nor a hash, an id or a time of ours.
  [
    'password or token',
    /(?<![\w.+~-])(?=[A-Za-z0-9_+/=-]*[A-Z])(?=[A-Za-z0-9_+/=-]*[a-z])(?=[A-Za-z0-9_+/=-]*\d)[A-Za-z0-9_+/=]{20,}(?![\w.])/g,
  ],
  // What somebody wrote into a hold file is quoted in findings.
  ['text of a person', /(?<=\/hold(?: says)?: )(?!\[)[^"\\\n]+/g],
  ['e-mail address', /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g],
  ['address', /\b(?:\d{1,3}\.){3}\d{1,3}\b/g],
  ['address', /\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b|\b(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}:?){0,6}[0-9a-f]{1,4}\b/gi],
];

function withoutPatterns(text: string, marks: Marks): string {
  return shapes.reduce((left, [what, shape]) => left.replaceAll(shape, (found) => marks.instead(what, found)), text);
}

/** Fields whose text was written by a person, or is a name. */
const freeText = new Set(['text', 'comment', 'description', 'notes']);
const ownNames = new Set(['tags']);

/** A document, or one a line. What does not parse is a text like any other. */
function cleanJson(text: string, clean: (text: string) => string, marks: Marks, perLine: boolean): string {
  if (perLine)
    return text
      .split('\n')
      .map((line) => (line === '' ? line : cleanJson(line, clean, marks, false)))
      .join('\n');
  try {
    return JSON.stringify(cleanValue(JSON.parse(text), clean, marks));
  } catch (error) {
    if (error instanceof SyntaxError) return clean(text);
    throw error;
  }
}

function cleanValue(value: unknown, clean: (text: string) => string, marks: Marks, key = ''): unknown {
  if (typeof value === 'string') {
    if (value === '') return value;
    if (freeText.has(key)) return marks.instead('text of a person', value);
    return ownNames.has(key) ? marks.instead('name of a guest', value) : clean(value);
  }
  if (Array.isArray(value)) return value.map((one) => cleanValue(one, clean, marks, key));
  if (typeof value !== 'object' || value === null) return value;
  const isGuest = 'vmid' in value && 'kind' in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      clean(name),
      isGuest && name === 'name' && typeof one === 'string' ? marks.instead('name of a guest', one) : cleanValue(one, clean, marks, name),
    ]),
  );
}

/** Keys of the configuration whose words are harmless; of everything else only figures and switches are kept. */
const harmlessKeys = new Set([
  'drain',
  'reboot',
  'kernel_errors',
  'guests',
  'windows',
  'time_zone',
  'excluded_nodes',
  'limits',
  'deadlines',
  'attempts',
]);

function harmless(config: Config, marks: Marks): unknown {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, harmlessKeys.has(key) ? value : withoutWords(value, marks)]),
  );
}

function withoutWords(value: unknown, marks: Marks): unknown {
  if (typeof value === 'string') return value === '' ? value : marks.instead('value of the configuration', value);
  if (Array.isArray(value)) return value.map((one) => withoutWords(one, marks));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutWords(one, marks)]));
}
