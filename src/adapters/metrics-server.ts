/** Answers scrapes: `GET /metrics` and nothing else. */
import type { AddressInfo } from 'node:net';

/**
 * Resolves when it listens. Scrapes at the same time share one answer.
 * @param address `127.0.0.1:9999`, `[::1]:9999`
 * @param text what is answered
 * @returns where it listens, and what ends it
 * @throws a Node.js system error when it cannot listen there
 */
export async function serveMetrics(
  address: string,
  text: () => Promise<string>,
): Promise<{ readonly address: string; readonly close: () => Promise<void> }> {
  const { hostname, port } = new URL(`http://${address}`);
  let underWay: Promise<string> | undefined;
  const shared = (): Promise<string> => (underWay ??= text().finally(() => (underWay = undefined)));
  // In one bundle a plain import of Node's own is loaded at every start, by whatever command.
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('the figures are at /metrics\n');
      return;
    }
    shared().then(
      (body) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body),
      (error: Error) => response.writeHead(500, { 'content-type': 'text/plain' }).end(`${error.message}\n`),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(port), hostname.replace(/^\[|\]$/g, ''), resolve);
  });
  const bound = server.address() as AddressInfo;
  return {
    address: bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
