/**
 * Secrets that can be recognised wherever they turn up, and every place of a site in which one can be: what receivers need, and what hosts, guests,
 * repositories and servers say without being asked.
 */
import type { SecretPlaces } from '../../src/config/secrets.ts';
import { HttpFailure, type HttpAnswer, type HttpRequest } from '../../src/ports/http.ts';
import { MailFailure, type Mail } from '../../src/ports/mail.ts';
import type { Answer } from '../../src/ports/shell.ts';
import type { SimService } from '../../src/sim/http.ts';
import type { ShellHooks } from '../../src/sim/shell.ts';

const mark = /pl4nted\d{3}/g;

/** Which of them a text holds, as they are or in base64. */
export function plantedIn(text: string): readonly string[] {
  const unpacked = (text.match(/[A-Za-z0-9+/]{16,}/g) ?? []).flatMap((word) =>
    // A login has its password behind a name, so the letters may begin anywhere in a group of four.
    [0, 1, 2, 3].map((from) => Buffer.from(word.slice(from), 'base64').toString('latin1')),
  );
  return [...new Set([text, ...unpacked].flatMap((one) => one.match(mark) ?? []))];
}

export class Planted {
  /** Where each of them was put. */
  readonly where = new Map<string, string>();
  readonly files = new Map<string, string>();
  readonly env = new Map<string, string>();

  /** @param tail what makes it hard to find again */
  secret(where: string, tail = '-Zx9kQ'): string {
    const name = `pl4nted${String(this.where.size).padStart(3, '0')}`;
    this.where.set(name, where);
    return `${name}${tail}`;
  }

  /** The same place for each kind of text from outside is one secret, however often it is said. */
  once(where: string): string {
    const known = [...this.where].find(([, place]) => place === where);
    return known === undefined ? this.secret(where) : `${known[0]}-Zx9kQ`;
  }

  places(): SecretPlaces {
    return {
      env: (name) => this.env.get(name),
      credentialsFolder: '/run/credentials/proxroll.service',
      read: (file) => {
        const text = this.files.get(file);
        if (text === undefined) return Promise.reject(Object.assign(new Error(`ENOENT: ${file}`), { code: 'ENOENT' }));
        return Promise.resolve({ text: `${text}\n`, mode: 0o100600 });
      },
    };
  }
}

/** As an administrator may choose them: with blanks, quotes and what a page, a URL and a shell write otherwise. */
const tails = ['-Zx9kQ', ' two words', '"quoted"', "<&'>", '%20+/=', '$(id)`\\n'] as const;

type Way = 'env' | 'file' | 'credential';
const ways: readonly Way[] = ['env', 'file', 'credential'];

/** A config whose receivers read a secret of each kind in each way. @returns its text */
export function plantedConfig(planted: Planted): string {
  const put = (way: Way, name: string, value: string): string => {
    if (way === 'env') planted.env.set(name.toUpperCase(), value);
    else planted.files.set(way === 'file' ? `/etc/proxroll/${name}` : `/run/credentials/proxroll.service/${name}`, value);
    return `{ ${way}: ${way === 'env' ? name.toUpperCase() : way === 'file' ? `/etc/proxroll/${name}` : name} }`;
  };
  const receivers = ways.flatMap((way) =>
    tails.flatMap((tail, at) => {
      const name = `${way.slice(0, 4)}${at}`;
      const secret = (key: string, inside = tail as string) => planted.secret(`${name}, ${way}, ${key}`, inside);
      return [
        `  m${name}: { kind: mail, to: [a@b.example], smtp: { host: mail.example, user: me, password: ${put(way, `m_${name}`, secret('password of SMTP'))} } }`,
        `  d${name}: { kind: discord, url: ${put(way, `d_${name}`, `https://discord.example/api/webhooks/12/${secret('webhook of Discord', '-Zx9kQ')}`)} }`,
        `  n${name}: { kind: ntfy, server: https://ntfy.example, topic: ${put(way, `t_${name}`, secret('topic', '_Zx9kQ'))}, token: ${put(way, `n_${name}`, secret('token of ntfy'))} }`,
        `  g${name}: { kind: gotify, server: https://gotify.example, token: ${put(way, `g_${name}`, secret('token of Gotify'))} }`,
        `  w${name}: { kind: webhook, url: ${put(way, `u_${name}`, `https://hook.example/in/${secret('path of a webhook', '-Zx9kQ')}?key=${secret('query of a webhook', '-Zx9kQ')}`)}, headers: { x-key: ${put(way, `h_${name}`, secret('header of a webhook'))} } }`,
      ];
    }),
  );
  const inText = `  text:
    kind: webhook
    url: https://hook.example/text/${planted.secret('path of a webhook in the config')}
    headers: { authorization: "Bearer ${planted.secret('header in the config')}" }
    template: '{"token": "${planted.secret('template')}", "text": "{{subject}}"}'`;
  return ['receivers:', ...receivers, inText, ''].join('\n');
}

/** Servers that repeat all they were told, as careless ones do. */
export function repeatingServices(): Readonly<Record<string, SimService>> {
  const repeat = ({ url, headers = {}, body = '' }: HttpRequest): HttpAnswer => ({
    status: 403,
    headers: {},
    body: JSON.stringify({
      message: `no: ${url} ${Object.values(headers).join(' ')}`,
      error: Object.values(headers).join(' '),
      errorDescription: body,
    }),
  });
  return {
    'https://discord.example': repeat,
    'https://ntfy.example': repeat,
    'https://gotify.example': repeat,
    'https://hook.example': repeat,
  };
}

/** One that repeats the login, in words and as it was sent. */
export const repeatingMail: Mail = {
  send: (_letter, way) => Promise.reject(new MailFailure('refused', loginOf(way))),
  probe: (way) => Promise.reject(new MailFailure('login', loginOf(way))),
};

function loginOf(way: Parameters<Mail['probe']>[0]): string {
  const { user = '', password = '' } = way.kind === 'smtp' ? (way.login ?? {}) : {};
  return `535 not ${password}: AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}, ${Buffer.from(password).toString('base64')}`;
}

/** Nobody answers, and the reason names what was asked for. */
export const silentNet: SimService = () => {
  throw new HttpFailure('unreachable', 'https://ntfy.example', 'connect ECONNREFUSED');
};

/** Ways in which tools, scripts and libraries let a secret slip, each with one of its own for each place. */
const slips: readonly (readonly [string, (secret: string) => string])[] = [
  ['address', (secret) => `E: Failed to fetch https://me:${secret}@repo.example/dists/InRelease  401  Unauthorized`],
  ['user of an address', (secret) => `W: http://${secret}@download.example redirects`],
  ['password with an @', (secret) => `mount: //me:p@${secret}@nas.example/share: bad option`],
  ['header', (secret) => `> Authorization: Bearer ${secret}`],
  ['login', (secret) => `> Authorization: Basic ${secret}`],
  ['API token', (secret) => `PVEAPIToken=root@pam!backup=${secret}`],
  ['assignment', (secret) => `mount.cifs -o username=backup,password=${secret},vers=3`],
  ['setting', (secret) => `passphrase: ${secret}`],
  ['JSON', (secret) => `{"user":"x","password":"${secret}"}`],
  ['webhook', (secret) => `POST https://chat.example/api/webhooks/12/${secret} failed`],
  ['private key', (secret) => `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}\n-----END OPENSSH PRIVATE KEY-----`],
];

export function slipsAt(planted: Planted, where: string): readonly string[] {
  return slips.map(([what, say]) => say(planted.once(`${where}: ${what}`)));
}

/** Lets every host say more than it should, wherever a real one may. */
export function leakyHosts(planted: Planted): ShellHooks {
  return {
    after: ({ host, commands }, answers) => ({
      do: 'answer',
      answers: answers.map((answer, index) => leaky(planted, host, commands[index]?.argv ?? [], answer)),
    }),
  };
}

function leaky(planted: Planted, host: string, argv: readonly string[], answer: Answer): Omit<Answer, 'tookMs'> {
  const words = argv.join(' ');
  const said = (what: string) => `${slipsAt(planted, `${what} on ${host}`).join('\n')}\n`;
  if (words.startsWith('journalctl --dmesg')) return { ...answer, stdout: answer.stdout + said('kernel log') };
  if (words.startsWith('journalctl --unit')) return { ...answer, stdout: said('log of a unit') + answer.stdout };
  if (words.startsWith('grep -rsH')) return { ...answer, stdout: withGuestSecrets(planted, answer.stdout) };
  if (argv[0] === 'pvesh' || argv[0] === 'ceph')
    return { ...answer, stdout: withPasswords(planted, `${words.slice(0, 40)}`, answer.stdout) };
  // What failed says why; elsewhere a warning goes by.
  return argv[0] === 'head' ? answer : { ...answer, stderr: answer.stderr + said(argv[0] ?? '') };
}

/** Cloud-init keeps passwords in the config, people keep them in descriptions. */
function withGuestSecrets(planted: Planted, text: string): string {
  const files = [...new Set([...text.matchAll(/^(\/etc\/pve\/nodes\/\S+?\.conf):/gm)].map(([, file = '']) => file))];
  const lines = files.flatMap((file) => {
    const id = /(\d+)\.conf$/.exec(file)?.[1] ?? '';
    return [
      `${file}:#the password is${encodeURIComponent(': ')}${planted.once(`description of ${id}`)}`,
      `${file}:cipassword: ${planted.once(`cipassword of ${id}`)}`,
      `${file}:sshkeys: ${planted.once(`sshkeys of ${id}`)}`,
      `${file}:args: -vnc 0.0.0.0:1,password=${planted.once(`args of ${id}`)}`,
    ];
  });
  // They must stand above the snapshots of their file, so each goes in front of what is there.
  return [...lines, text].join('\n');
}

function withPasswords(planted: Planted, where: string, text: string): string {
  try {
    const value = JSON.parse(text) as unknown;
    const add = (one: unknown): unknown =>
      typeof one === 'object' && one !== null && !Array.isArray(one) ? { ...one, password: planted.once(`answer to ${where}`) } : one;
    return JSON.stringify(Array.isArray(value) ? value.map(add) : 'data' in Object(value) || 'quorum' in Object(value) ? value : value);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
