/** A simulated service behind a real socket, so that what is sent over the wire is what the service judges. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { HttpAnswer, HttpRequest } from '../../src/ports/http.ts';
import type { SimService } from '../../src/sim/http.ts';
import type { Certificate } from '../certificate.ts';

export interface HttpService {
  readonly origin: string;
  /** Everything that was asked. */
  readonly asked: readonly HttpRequest[];
  /** What the next requests get in place of the service's own answer. */
  readonly instead: (HttpAnswer | 'silence')[];
  close(): Promise<void>;
}

export async function httpService(answer: SimService, certificate?: Certificate): Promise<HttpService> {
  const asked: HttpRequest[] = [];
  const instead: (HttpAnswer | 'silence')[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const heard = requestOf(request, body);
      asked.push(heard);
      const said = instead.shift() ?? answer(heard, Date.now());
      if (said !== 'silence') response.writeHead(said.status, { ...said.headers }).end(request.method === 'HEAD' ? '' : said.body);
    });
  };
  const server: Server = certificate === undefined ? createServer(listener) : createTlsServer(certificate, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    asked,
    instead,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function requestOf(request: IncomingMessage, body: string): HttpRequest {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  return {
    method: (request.method ?? 'GET') as HttpRequest['method'],
    url: `http://${request.headers.host ?? ''}${request.url ?? ''}`,
    headers,
    body,
    deadlineMs: 0,
    effect: 'changes',
  };
}
