import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { nodeHttp } from '../../src/adapters/node-http.ts';
import { HttpFailure, longestBody, type HttpRequest } from '../../src/ports/http.ts';
import { selfSigned } from '../certificate.ts';

const http = nodeHttp();
const secret = 'planted-secret-7';

const answers: RequestListener = (request, response) => {
  if (request.url?.startsWith('/silent') === true) return;
  if (request.url?.startsWith('/moved') === true) {
    response.writeHead(302, { location: '/elsewhere' }).end();
    return;
  }
  if (request.url?.startsWith('/endless') === true) {
    response.end('x'.repeat(longestBody * 3));
    return;
  }
  if (request.url?.startsWith('/broken') === true) {
    request.socket.destroy();
    return;
  }
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { method, url, headers } = request;
    response.writeHead(201, { 'X-Seen': 'Yes' }).end(JSON.stringify({ method, url, type: headers['content-type'], body }));
  });
};

function to(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'POST', url, headers: { 'content-type': 'text/plain' }, body: 'grüße', deadlineMs: 2000, effect: 'changes', ...more };
}

async function failure(request: HttpRequest): Promise<HttpFailure> {
  const error = await http.send(request).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HttpFailure, String(error));
  return error;
}

const { key, cert } = selfSigned();
const servers: readonly [name: string, server: Server, trusts: string | undefined][] = [
  ['over http', createServer(answers), undefined],
  ['over https with a certificate of its own', createTlsServer({ key, cert }, answers), cert],
];

for (const [name, server, trusts] of servers)
  describe(name, () => {
    let origin: string;
    const trust = trusts === undefined ? {} : { trusts };
    before(async () => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      origin = `${trusts === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
      server.closeAllConnections();
      server.close();
    });

    test('method, headers and body must arrive, and status, headers and body come back', async () => {
      const answer = await http.send(to(`${origin}/a?b=c`, trust));
      assert.equal(answer.status, 201);
      assert.equal(answer.headers['x-seen'], 'Yes');
      assert.deepEqual(JSON.parse(answer.body), { method: 'POST', url: '/a?b=c', type: 'text/plain', body: 'grüße' });
    });

    test('a redirect must be an answer and not be followed', async () => {
      const answer = await http.send(to(`${origin}/moved`, trust));
      assert.equal(answer.status, 302);
      assert.equal(answer.headers['location'], '/elsewhere');
    });

    test('an answer without end must be read only so far', async () => {
      assert.equal((await http.send(to(`${origin}/endless`, trust))).body.length, longestBody);
    });

    test('silence must be a failure when the deadline has passed, and name host and port only', async () => {
      const { kind, message } = await failure(to(`${origin}/silent/${secret}`, { ...trust, deadlineMs: 100 }));
      assert.equal(kind, 'no-answer');
      assert.ok(message.startsWith(`${origin}: no answer within`));
      assert.ok(!message.includes(secret));
    });

    test('a broken connection must be a failure that may have been heard', async () => {
      const { kind, message } = await failure(to(`${origin}/broken/${secret}`, trust));
      assert.equal(kind, 'no-answer');
      assert.ok(!message.includes(secret));
    });

    if (trusts !== undefined)
      test('a certificate that nobody vouches for must be refused by name', async () => {
        const { kind, message } = await failure(to(`${origin}/${secret}`));
        assert.equal(kind, 'certificate');
        assert.match(message, /self.signed certificate/);
        assert.ok(!message.includes(secret));
      });

    if (trusts !== undefined)
      test('a trusted certificate for another name must be refused', async () => {
        const elsewhere = selfSigned(['elsewhere.example']);
        const other = createTlsServer(elsewhere, answers);
        await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
        const url = `https://127.0.0.1:${(other.address() as AddressInfo).port}/`;
        assert.equal((await failure(to(url, { trusts: elsewhere.cert }))).kind, 'certificate');
        other.close();
      });
  });

test('a closed port must be unreachable', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const { kind, message } = await failure(to(`http://127.0.0.1:${port}/${secret}`));
  assert.equal(kind, 'unreachable');
  assert.ok(message.startsWith(`http://127.0.0.1:${port}: `) && message.includes('ECONNREFUSED'), message);
  assert.ok(!message.includes(secret));
});

test('a host without an address must be unreachable', async () => {
  assert.equal((await failure(to('http://nowhere.invalid/', { deadlineMs: 10_000 }))).kind, 'unreachable');
});

test('what is no address must be refused without repeating it', async () => {
  const { kind, message } = await failure(to(`not an address ${secret}`));
  assert.equal(kind, 'unreachable');
  assert.ok(!message.includes(secret));
});
