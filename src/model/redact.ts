/** Keeps secrets out of whatever is written for people. Made once, where the log and the transcript are made. */

const INSTEAD = '[secret]';

/**
 * @param secrets the values themselves; empty ones are left out
 * @returns what replaces every occurrence, also in the form it has inside a URL or a JSON string
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(
    secrets
      .filter((secret) => secret !== '')
      .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]),
  );
  // The longest first: one secret may be a part of another.
  const ordered = [...forms].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((left, form) => left.replaceAll(form, INSTEAD), text);
}

/** A copy of plain data in which every string, however deep, went through `redact`. */
export function redactedValues<T>(value: T, redact: (text: string) => string): T;
export function redactedValues(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((one: unknown) => redactedValues(one, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, redactedValues<unknown>(one, redact)]));
}
