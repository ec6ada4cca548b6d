/**
 * The one way to make an HTTP request. Clients in `src/clients` are the only callers. Addresses, headers and bodies may hold
 * secrets, so nothing of them but scheme, host and port ever stands in an error.
 */

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadlineMs: number;
  /** `changes` is what a dry run refuses. */
  readonly effect: 'reads' | 'changes';
  /** PEM certificates to trust in place of the system's authorities: an authority of one's own, or the very certificate. */
  readonly trusts?: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most `longestBody` characters of it. */
  readonly body: string;
}

/** What is read of an answer; one that goes on and on must not eat the agent's memory. */
export const longestBody = 64 * 1024;

export interface Http {
  /**
   * Makes one request. Any status is an answer, not an error; a redirect is an answer too and never followed, as what was
   * meant for one host must not go to another.
   * @throws HttpFailure when there is no answer
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

/**
 * `unreachable`: no connection, nothing was sent. `certificate`: there is no trusting who answered, nothing was sent.
 * `no-answer`: the deadline passed or the connection broke; the request may have been heard.
 * `dry-run`: a changing request under `--dry-run`; nothing was sent.
 */
export type HttpFailureKind = 'unreachable' | 'certificate' | 'no-answer' | 'dry-run';

export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  constructor(
    readonly kind: HttpFailureKind,
    /** Scheme, host and port; see `originOf`. */
    readonly origin: string,
    readonly detail: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`${origin}: ${detail}`, options);
  }
}

/** Scheme, host and port of an address: what may be told of it. */
export function originOf(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    // The text itself may be a secret that was put in the wrong place.
    return 'an address that is none';
  }
}

/** Passes what reads and refuses what changes, as `dryRunShell` does. */
export function dryRunHttp(inner: Http): Http {
  return {
    send: (request) =>
      request.effect === 'changes'
        ? Promise.reject(new HttpFailure('dry-run', originOf(request.url), 'not sent, because this is a dry run'))
        : inner.send(request),
  };
}
