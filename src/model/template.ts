/** A text with `{{placeholders}}` for the parts of a message: the body of a webhook. */
import { plainText, subjectOf, type Message } from './message.ts';

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

const parts: Readonly<Record<string, (message: Message) => string>> = {
  subject: subjectOf,
  body: plainText,
  outcome: ({ outcome }) => outcome,
  text: ({ text }) => text,
  facts: ({ facts }) => facts.map(({ name, value }) => `${name}: ${value}`).join('\n'),
  kind: ({ kind }) => kind,
  severity: ({ severity }) => severity,
  cluster: ({ cluster }) => cluster,
  host: ({ host }) => host,
  run: ({ run }) => run ?? '',
  time: ({ atMs }) => new Date(atMs).toISOString(),
};

/** What may stand between the braces. */
export const placeholders: readonly string[] = Object.keys(parts);

export function unknownPlaceholders(template: string): readonly string[] {
  return [...template.matchAll(placeholder)].map(([, name = '']) => name).filter((name) => !Object.hasOwn(parts, name));
}

/** @param escape what a value must look like where it is put */
export function filled(template: string, message: Message, escape: (value: string) => string): string {
  return template.replaceAll(placeholder, (whole, name: string) => {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
    return part === undefined ? whole : escape(part(message));
  });
}

/** Inside the quotes of a JSON string. */
export function escapedForJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
