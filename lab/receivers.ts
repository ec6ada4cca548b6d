/** Receivers of messages on the lab's own address, as strict as the real ones, and the secrets with which proxroll tells them. */
import { createServer } from 'node:http';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simGotify, simNtfy } from '../src/sim/receivers.ts';
import { switchAddress } from './network.ts';
import type { SimService } from '../src/sim/http.ts';
import type { LabHost } from './host.ts';

/** One message that arrived. */
export interface Arrived {
  readonly receiver: string;
  readonly title: string;
  readonly atMs: number;
}

export interface Receivers {
  /** For `config.yaml`. */
  readonly config: readonly string[];
  readonly secrets: readonly string[];
  readonly arrived: readonly Arrived[];
  /** Puts the secrets where the config says they are: a file, a credential of systemd, the environment of the service. */
  install(host: LabHost): Promise<void>;
}

const secrets = { phone: 'tk_LabFileSecret-4711', own: 'A.LabCredential-0815', hook: 'LabEnvSecret-1234-in-the-path' } as const;

/** Listens until the lab ends. */
export async function labReceivers(): Promise<Receivers> {
  const arrived: Arrived[] = [];
  const listen = async (receiver: string, service: SimService, kept: () => readonly { readonly title: string }[]): Promise<number> => {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const before = kept().length;
        const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
        const url = `http://${switchAddress}${request.url ?? '/'}`;
        const method = request.method === 'POST' ? 'POST' : 'GET';
        const answer = service({ method, url, headers, body, deadlineMs: 10_000, effect: 'changes' }, Date.now());
        for (const { title } of kept().slice(before)) arrived.push({ receiver, title, atMs: Date.now() });
        response.writeHead(answer.status, answer.headers).end(answer.body);
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, switchAddress, resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a receiver of the lab has no port');
    return address.port;
  };
  const ntfy = simNtfy(secrets.phone);
  const gotify = simGotify(secrets.own);
  const hooked: { readonly title: string }[] = [];
  const hook: SimService = ({ url, body = '' }) => {
    if (!url.endsWith(`/${secrets.hook}`)) return { status: 404, headers: {}, body: '' };
    if (body !== '') hooked.push({ title: (JSON.parse(body) as { subject: string }).subject });
    return { status: 200, headers: {}, body: '' };
  };
  const ports = {
    phone: await listen('phone', ntfy.answer, () => ntfy.kept),
    own: await listen('own', gotify.answer, () => gotify.kept),
    hook: await listen('hook', hook, () => hooked),
  };
  return {
    arrived,
    secrets: Object.values(secrets),
    config: [
      'receivers:',
      `  phone: { kind: ntfy, server: "http://${switchAddress}:${ports.phone}", topic: patches, token: { file: /etc/proxroll/ntfy } }`,
      `  own: { kind: gotify, server: "http://${switchAddress}:${ports.own}", token: { credential: gotify } }`,
      '  hook: { kind: webhook, url: { env: HOOK } }',
    ],
    install: async ({ root }) => {
      await mkdir(join(root, 'etc/credstore'), { recursive: true, mode: 0o700 });
      await mkdir(join(root, 'etc/systemd/system/proxroll.service.d'), { recursive: true });
      await secretFile(join(root, 'etc/proxroll/ntfy'), secrets.phone);
      await secretFile(join(root, 'etc/credstore/gotify'), secrets.own);
      await secretFile(join(root, 'etc/proxroll/environment'), `HOOK=http://${switchAddress}:${ports.hook}/${secrets.hook}`);
      const lines = ['[Service]', 'LoadCredential=gotify', 'EnvironmentFile=/etc/proxroll/environment'];
      await writeFile(join(root, 'etc/systemd/system/proxroll.service.d/secrets.conf'), lines.map((line) => `${line}\n`).join(''));
    },
  };
}

async function secretFile(path: string, text: string): Promise<void> {
  await writeFile(path, `${text}\n`, { mode: 0o600 });
  await chmod(path, 0o600);
}
