/** Keeps secrets out of whatever is written for people. Made once, where the log and the transcript are made. */

const INSTEAD = '[secret]';

/** What gives itself away as a secret wherever it stands, and is never a word of ours. */
const plainShapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  // https://user:password@host; a password may hold an @ of its own.
  /(?<=:\/\/)[^\s/?#"'\\<>]+(?=@)/g,
  // Webhooks carry their secret in the path.
  /(?<=https?:\/\/[^\s/"'\\<>]+\/)(?:api\/webhooks|hooks|services|webhook)\/[^\s"'\\<>]+/g,
  /(?<=\bBearer\s+|\bPVEAPIToken=)[^\s"'\\,;<>]+/g,
];

/** Shapes that words of ours may have too: only for texts that come from outside. */
const boldShapes: readonly RegExp[] = [
  // //user:password@server/share, as mounts write it.
  /(?<=(?:^|[\s"'=(])\/\/)[^\s/?#"'\\<>]+(?=@)/gm,
  /(?<=\bBasic\s+)[^\s"'\\,;]+/g,
  /(?<=(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[-_]?key|auth(?:orization)?|credentials?|private[-_]?key)["'\\]*\s*[:=]\s*["'\\]*)(?!\[|Bearer\b|Basic\b)[^\s"'\\,;&)]+/gi,
];

/** How a secret looks in a text that nobody knows it of. */
export const secretShapes: readonly RegExp[] = [...plainShapes, ...boldShapes];

/** A text from outside (output of a command, an error, a log) as far as it may be told: what looks like a secret is taken out. */
export function withoutSecrets(text: string): string {
  return withoutShapes(text, secretShapes);
}

/**
 * @param secrets the values themselves; empty ones are left out
 * @returns what replaces every occurrence, also in the form it has in a URL, a JSON string or a page, or broken into lines; and whatever
 * gives itself away as a secret
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets
      .filter((secret) => secret.trim() !== '')
      .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), inPage(secret)]),
  );
  // The longest first: one secret may be a part of another.
  const known = [...forms].sort((a, b) => b.length - a.length).map(pattern);
  const all = known.length === 0 ? undefined : new RegExp(known.join('|'), 'g');
  return (text) => withoutShapes(all === undefined ? text : text.replace(all, INSTEAD), plainShapes);
}

/** A copy of plain data in which every string, however deep, went through `redact`. */
export function redactedValues<T>(value: T, redact: (text: string) => string): T;
export function redactedValues(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((one: unknown) => redactedValues(one, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, redactedValues<unknown>(one, redact)]));
}

function withoutShapes(text: string, shapes: readonly RegExp[]): string {
  return shapes.reduce((left, shape) => left.replace(shape, INSTEAD), text);
}

/** A page writes some characters otherwise; `report/page/markup.ts`. */
function inPage(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** Texts are broken into lines at their blanks. */
function pattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/\s+/g, '\\s+');
}
