/**
 * Reads the secrets that the receivers of the config refer to. A receiver whose secret cannot be had is left out and named; it
 * never keeps a run from its work.
 */
import type { Receiver } from '../model/receiver.ts';
import { secretShapes } from '../model/redact.ts';
import type { ReceiverConfig, SecretWhere } from './receivers.ts';
import type { Config } from './schema.ts';

/** Where secrets are: the process's own environment and files. `main.ts` gives the real one. */
export interface SecretPlaces {
  env(name: string): string | undefined;
  /** `$CREDENTIALS_DIRECTORY`: only there in a service that was given credentials. */
  readonly credentialsFolder: string | undefined;
  /** @throws a Node.js system error when it cannot be read */
  read(file: string): Promise<{ readonly text: string; readonly mode: number }>;
}

/** One thing wrong with a receiver; never holds a secret. */
export interface ReceiverProblem {
  readonly receiver: string;
  /** Below the receiver, in the config: `['smtp', 'password']`. */
  readonly key: readonly string[];
  readonly what: string;
}

export interface ReadReceivers {
  /** Those that can be told. */
  readonly receivers: readonly Receiver[];
  /** Every secret that was read, in every form in which it may turn up again, to be kept out of what is written. */
  readonly secrets: readonly string[];
  readonly problems: readonly ReceiverProblem[];
}

/** @returns all receivers whose secrets are there; all that is wrong with the others, and with files that others may read */
export async function readReceivers(config: Pick<Config, 'receivers'>, places: SecretPlaces): Promise<ReadReceivers> {
  const read = await Promise.all(Object.entries(config.receivers).map(([name, receiver]) => readReceiver(name, receiver, places)));
  return {
    receivers: read.flatMap(({ receiver }) => receiver ?? []),
    secrets: [...read.flatMap(({ secrets }) => secrets), ...secretsInText(config)],
    problems: read.flatMap(({ problems }) => problems),
  };
}

/**
 * What stands in the config itself although it looks like a secret: in a header, an address or a template of a webhook. It is kept out of what is
 * written like the others.
 */
export function secretsInText(config: Pick<Config, 'receivers'>): readonly string[] {
  return Object.values(config.receivers).flatMap((receiver) => {
    if (receiver.kind !== 'webhook') return [];
    const headers = Object.entries(receiver.headers).flatMap(([name, value]) => {
      if (typeof value !== 'string' || !/auth|token|key|secret|passw|cookie/i.test(name)) return [];
      return formsOf(value.replace(/^(Bearer|Basic) +/i, ''));
    });
    const url = typeof receiver.url === 'string' ? formsOf(receiver.url).slice(2) : [];
    const template = secretShapes.flatMap((shape) => receiver.template?.match(shape) ?? []).filter((text) => !text.startsWith('{{'));
    return [...headers, ...url, ...template.flatMap(formsOf)];
  });
}

async function readReceiver(name: string, config: ReceiverConfig, places: SecretPlaces) {
  const secrets: string[] = [];
  const problems: ReceiverProblem[] = [];
  let missing = false;
  const problem = (key: readonly string[], what: string): void => void problems.push({ receiver: name, key, what });

  const secret = async (key: readonly string[], where: SecretWhere): Promise<string> => {
    const found = await findSecret(where, places);
    if ('missing' in found) {
      missing = true;
      problem(key, found.missing);
      return '';
    }
    if (found.remark !== undefined) problem(key, found.remark);
    secrets.push(...formsOf(found.value));
    return found.value;
  };
  const text = async (key: readonly string[], value: string | SecretWhere): Promise<string> =>
    typeof value === 'string' ? value : secret(key, value);
  const address = async (key: readonly string[], value: string | SecretWhere): Promise<string> => {
    const url = await text(key, value);
    if (typeof value !== 'string' && url !== '' && !/^https?:\/\/[^/\s]+/.test(url)) {
      missing = true;
      problem(key, 'holds something that is no address');
    }
    return url;
  };
  const trust = async (key: readonly string[], file: string | undefined, url?: string): Promise<{ readonly trusts?: string }> => {
    if (file === undefined) return {};
    if (url !== undefined && /^http:/i.test(url)) {
      missing = true;
      problem(key, 'names certificates to trust, but the address begins with http: and has no TLS');
      return {};
    }
    const found = await readFile(file, places);
    if ('text' in found && found.text.includes('-----BEGIN CERTIFICATE-----')) return { trusts: found.text };
    missing = true;
    problem(key, 'text' in found ? `${file} has no certificate in PEM form` : found.missing);
    return {};
  };

  const receiver = await resolved();
  return { receiver: missing ? undefined : receiver, secrets, problems };

  async function resolved(): Promise<Receiver> {
    const base = { name, severity: config.severity, about: config.about };
    switch (config.kind) {
      case 'mail': {
        const [first = '', ...others] = config.to;
        const from = config.from === undefined ? {} : { from: config.from };
        return {
          ...base,
          kind: 'mail',
          to: [first, ...others],
          ...from,
          ...(config.smtp === undefined ? {} : { smtp: await smtp(config.smtp) }),
        };
      }
      case 'discord':
        return { ...base, kind: 'discord', url: await address(['url'], config.url) };
      case 'ntfy':
        return {
          ...base,
          kind: 'ntfy',
          server: config.server.replace(/\/+$/, ''),
          topic: await text(['topic'], config.topic),
          ...(config.token === undefined ? {} : { token: await secret(['token'], config.token) }),
          ...(config.click === undefined ? {} : { click: config.click }),
          ...(await trust(['ca_file'], config.ca_file, config.server)),
        };
      case 'gotify':
        return {
          ...base,
          kind: 'gotify',
          server: config.server.replace(/\/+$/, ''),
          token: await secret(['token'], config.token),
          ...(await trust(['ca_file'], config.ca_file, config.server)),
        };
      case 'webhook': {
        const url = await address(['url'], config.url);
        const headers = Object.entries(config.headers).map(async ([header, value]) => [
          header.toLowerCase(),
          await text(['headers', header], value),
        ]);
        return {
          ...base,
          kind: 'webhook',
          url,
          method: config.method,
          headers: Object.fromEntries(await Promise.all(headers)) as Record<string, string>,
          contentType: config.content_type,
          ...(config.template === undefined ? {} : { template: config.template }),
          ...(await trust(['ca_file'], config.ca_file, url)),
        };
      }
      default:
        return config satisfies never;
    }
  }

  async function smtp({ host, port, tls, user, password, ca_file }: NonNullable<Extract<ReceiverConfig, { kind: 'mail' }>['smtp']>) {
    const login =
      user === undefined || password === undefined ? undefined : { user, password: await secret(['smtp', 'password'], password) };
    // As the login is sent: a server may repeat what it did not like.
    if (login !== undefined && login.password !== '') secrets.push(base64(`\0${login.user}\0${login.password}`));
    const usual = { starttls: 587, implicit: 465, none: 25 }[tls];
    return { host, port: port ?? usual, tls, ...(login === undefined ? {} : { login }), ...(await trust(['smtp', 'ca_file'], ca_file)) };
  }
}

type Found = { readonly value: string; readonly remark?: string } | { readonly missing: string };

async function findSecret(where: SecretWhere, places: SecretPlaces): Promise<Found> {
  if (where.env !== undefined) {
    const value = places.env(where.env);
    return value === undefined
      ? { missing: `the environment variable ${where.env} is not set` }
      : checked(value, `the environment variable ${where.env}`);
  }
  if (where.file !== undefined) return secretFile(where.file, places);
  return credential(where.credential ?? '', places);
}

/** Where systemd itself looks for a credential that is named without a path (systemd.exec(5), LoadCredential=). */
const credentialStores = ['/etc/credstore', '/run/credstore', '/usr/lib/credstore'];

/** In the service from where systemd put it; called by hand from where systemd would take it. */
async function credential(name: string, places: SecretPlaces): Promise<Found> {
  const folders = places.credentialsFolder === undefined ? credentialStores : [places.credentialsFolder];
  for (const folder of folders) {
    const found = await secretFile(`${folder}/${name}`, places);
    if (!('missing' in found) || !found.missing.endsWith(doesNotExist)) return found;
  }
  return places.credentialsFolder === undefined
    ? { missing: `there is no credential ${name}: it is in none of ${credentialStores.join(', ')}, and only the service is given others` }
    : { missing: `systemd gave this service no credential ${name}: add LoadCredential=${name} to it with: systemctl edit proxroll` };
}

const doesNotExist = 'does not exist';

async function secretFile(file: string, places: SecretPlaces): Promise<Found> {
  const found = await readFile(file, places);
  if ('missing' in found) return found;
  const open = (found.mode & 0o007) !== 0;
  const value = checked(found.text, file);
  if ('missing' in value || !open) return value;
  const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
  return { ...value, remark: `${file} can be read by everybody (mode ${mode}): chmod 600 ${file}` };
}

async function readFile(
  file: string,
  places: SecretPlaces,
): Promise<{ readonly text: string; readonly mode: number } | { readonly missing: string }> {
  try {
    return await places.read(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { missing: code === 'ENOENT' ? `${file} ${doesNotExist}` : `${file} cannot be read (${code})` };
  }
}

/** A file ends in a line break that is no part of the secret. */
function checked(text: string, where: string): Found {
  const value = text.replace(/[\r\n]+$/, '');
  if (value.trim() === '') return { missing: `${where} is empty` };
  if (/[\u0000-\u001f\u007f]/.test(value)) return { missing: `${where} holds more than one line or a control character` };
  return { value };
}

/**
 * The secret itself, in base64 as logins send it, and the telling parts of an address: an answer may repeat one of them alone.
 */
function formsOf(value: string): readonly string[] {
  const [, login = '', rest = ''] = /^https?:\/\/(?:([^/@]*)@)?[^/?#]*(.*)$/.exec(value) ?? [];
  const parts = [...login.split(':'), ...rest.split(/[/?&=#]+/)].filter((part) => part.length >= 12);
  return [value, base64(value), ...parts];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64').replace(/=+$/, '');
}
