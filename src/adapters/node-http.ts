/** HTTP by Node's own fetch; where certificates of one's own are to be trusted, by `node:https`, as fetch has no say in that. */
import type { IncomingMessage } from 'node:http';
import { HttpFailure, longestBody, originOf } from '../ports/http.ts';
import type { Http, HttpAnswer, HttpFailureKind, HttpRequest } from '../ports/http.ts';

export function nodeHttp(): Http {
  return {
    async send(request) {
      const signal = AbortSignal.timeout(request.deadlineMs);
      try {
        return request.trusts === undefined ? await byFetch(request, signal) : await byHttps(request, request.trusts, signal);
      } catch (error) {
        throw failureOf(request, error, signal.aborted);
      }
    },
  };
}

async function byFetch({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const response = await fetch(url, {
    method,
    signal,
    redirect: 'manual',
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: response.body === null ? '' : await textOf(response.body),
  };
}

async function byHttps({ method, url, headers, body }: HttpRequest, ca: string, signal: AbortSignal): Promise<HttpAnswer> {
  const { request } = await import('node:https');
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method, ca, signal, agent: false, ...(headers === undefined ? {} : { headers }) });
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.end(body);
  });
  const named = Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]);
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(named) as Record<string, string>,
    body: await textOf(response),
  };
}

async function textOf(chunks: AsyncIterable<unknown>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of chunks) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length >= longestBody) return text.slice(0, longestBody);
  }
  return text + decoder.decode();
}

/** Nothing was sent before the connection stood. */
const beforeConnection =
  /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ENOTFOUND|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|ERR_INVALID_URL)$/;
/** As OpenSSL and Node name what is wrong with a certificate, and what a server says that speaks no TLS. */
const ofCertificate = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH|^EPROTO$|INVALID_CA|INVALID_PURPOSE/;

function failureOf({ url, deadlineMs }: HttpRequest, error: unknown, late: boolean): HttpFailure {
  const origin = originOf(url);
  if (late) return new HttpFailure('no-answer', origin, `no answer within ${Math.round(deadlineMs / 1000)} s`);
  const { code, message } = firstCause(error);
  const kind: HttpFailureKind = ofCertificate.test(code) ? 'certificate' : beforeConnection.test(code) ? 'unreachable' : 'no-answer';
  // fetch repeats an address that it cannot read, and that may be a secret.
  const detail = code === 'ERR_INVALID_URL' ? 'this is not an address' : [message, code].filter((part) => part !== '').join(', ');
  return new HttpFailure(kind, origin, detail);
}

/** fetch says `fetch failed` and why below it; several addresses of one host are an AggregateError with the same code. */
function firstCause(error: unknown): { readonly code: string; readonly message: string } {
  let here = error;
  for (;;) {
    if (!(here instanceof Error)) return { code: '', message: String(here) };
    const { code } = here as NodeJS.ErrnoException;
    const below: unknown = here instanceof AggregateError ? here.errors[0] : here.cause;
    if (!(below instanceof Error)) return { code: typeof code === 'string' ? code : '', message: here.message.split('\n')[0] ?? '' };
    here = below;
  }
}
