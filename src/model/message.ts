/** What people are told about a run away from the terminal: by mail, on their phones, in a channel. Plain data; who is told and how is `receiver.ts`. */

/** Each moment that is worth a message. `blocked`: nothing was started. `failed`: the service ended with an error. `not-back`: said by a peer. */
export const messageKinds = ['started', 'reboot', 'paused', 'failed', 'blocked', 'finished', 'abandoned', 'not-back', 'test'] as const;
export type MessageKind = (typeof messageKinds)[number];

/** From what is good to know to what needs a person. */
export const severities = ['info', 'warning', 'error'] as const;
export type Severity = (typeof severities)[number];

export interface Message {
  readonly kind: MessageKind;
  readonly severity: Severity;
  /** Empty where it is not known. A lone node is its own cluster. */
  readonly cluster: string;
  /** The node that says it. */
  readonly host: string;
  readonly run?: string;
  readonly atMs: number;
  /** What happened, in a few words without a full stop: `run paused at pve2 drain`. */
  readonly outcome: string;
  /** One paragraph; may be empty. */
  readonly text: string;
  /** In the order in which they are read: what each machine got, what was seen, what is next. */
  readonly facts: readonly MessageFact[];
}

export interface MessageFact {
  readonly name: string;
  readonly value: string;
}

/** Host, cluster and outcome in one line: `homelab, pve1: run finished, 3 nodes patched`. */
export function subjectOf({ cluster, host, outcome }: Pick<Message, 'cluster' | 'host' | 'outcome'>): string {
  const where = cluster === '' || cluster === host ? host : `${cluster}, ${host}`;
  return `${where}: ${outcome}`;
}

/** The whole message as plain text, without its subject: paragraph, facts, and which run it is about. */
export function plainText({ text, facts, run }: Pick<Message, 'text' | 'facts' | 'run'>): string {
  const lines = facts.map(({ name, value }) => `${name}: ${value}`);
  return [
    ...(text === '' ? [] : [text]),
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    ...(run === undefined ? [] : [`run ${run}`]),
  ].join('\n\n');
}

/** Whether `severity` is at least `wanted`. */
export function atLeast(severity: Severity, wanted: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(wanted);
}
