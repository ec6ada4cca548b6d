/**
 * The socket behind Proxmox's own programs: every host has it at /run/proxroll-lab/cluster.sock. What is asked under the name
 * `lab-announce` comes from the lab's own units; all else is answered by the simulated cluster.
 */
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { Server } from 'node:net';

export interface Answered {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Listener {
  /** A unit of the lab says something about its host. */
  announced(host: string, words: readonly string[]): void;
  /** A program of Proxmox was called. @param killed fires when the caller ends before it has the answer */
  asked(host: string, argv: readonly [string, ...string[]], killed: AbortSignal): Promise<Answered>;
}

const question = z.object({ host: z.string(), argv: z.tuple([z.string()], z.string()) });

/** @param folder made here; bind it on every host */
export async function serveAnswers(folder: string, listener: Listener): Promise<Server> {
  await mkdir(folder, { recursive: true });
  const server = createServer((socket) => {
    const killed = new AbortController();
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      if (!text.endsWith('\n')) return;
      answer(text, listener, killed.signal).then(
        (answered) => socket.end(JSON.stringify(answered)),
        (error: unknown) => socket.end(JSON.stringify({ exitCode: 255, stdout: '', stderr: `lab: ${String(error)}\n` })),
      );
    });
    // However the connection ends: once the answer is out, nobody listens to the signal any more.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => killed.abort());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(join(folder, 'cluster.sock'), resolve);
  });
  return server;
}

async function answer(text: string, listener: Listener, killed: AbortSignal): Promise<Answered> {
  const { host, argv } = question.parse(JSON.parse(text));
  if (argv[0] !== 'lab-announce') return listener.asked(host, argv, killed);
  listener.announced(host, argv.slice(1));
  return { exitCode: 0, stdout: '', stderr: '' };
}
