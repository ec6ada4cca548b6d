/** The net as the simulated node sees it: a few services by their address, and what can go wrong on the way to them. */
import { HttpFailure, originOf } from '../ports/http.ts';
import type { Http, HttpAnswer, HttpFailureKind, HttpRequest } from '../ports/http.ts';
import type { Timers } from './timers.ts';

/** What answers at one scheme, host and port. @returns its answer at this moment */
export type SimService = (request: HttpRequest, nowMs: number) => HttpAnswer;

/** Instead of the usual course, for one request. `no-answer` comes when the request's deadline has passed. */
export type HttpFault = { readonly fails: HttpFailureKind } | { readonly answers: HttpAnswer };

export class SimHttp implements Http {
  /** Everything that was sent, in its order, heard or not. */
  readonly sent: { readonly atMs: number; readonly request: HttpRequest }[] = [];
  readonly #timers: Timers;
  readonly #services: ReadonlyMap<string, SimService>;
  readonly #faults = new Map<string, HttpFault[]>();

  /** @param services by origin: `https://discord.com` */
  constructor(timers: Timers, services: Readonly<Record<string, SimService>> = {}) {
    this.#timers = timers;
    this.#services = new Map(Object.entries(services));
  }

  /** What the next requests to an origin meet, one fault a request. */
  fault(origin: string, ...faults: readonly HttpFault[]): void {
    this.#faults.set(origin, [...(this.#faults.get(origin) ?? []), ...faults]);
  }

  send(request: HttpRequest): Promise<HttpAnswer> {
    this.sent.push({ atMs: this.#timers.now(), request });
    const origin = originOf(request.url);
    const fault = this.#faults.get(origin)?.shift();
    const service = this.#services.get(origin);
    if (fault !== undefined && 'fails' in fault) return this.#fail(request, fault.fails);
    if (service === undefined) return this.#fail(request, 'unreachable');
    return this.#after(answerMs, () => fault?.answers ?? service(request, this.#timers.now()));
  }

  #fail(request: HttpRequest, kind: HttpFailureKind): Promise<never> {
    const afterMs = kind === 'no-answer' ? request.deadlineMs : answerMs;
    return this.#after(afterMs, () => {
      throw new HttpFailure(kind, originOf(request.url), failureTexts[kind]);
    });
  }

  #after<T>(ms: number, act: () => T): Promise<T> {
    return new Promise<void>((resolve) => void this.#timers.after(ms, resolve)).then(act);
  }
}

/** A request over the internet and back. */
const answerMs = 150;

const failureTexts: Readonly<Record<HttpFailureKind, string>> = {
  unreachable: 'connect ECONNREFUSED, ECONNREFUSED',
  certificate: 'self-signed certificate, DEPTH_ZERO_SELF_SIGNED_CERT',
  'no-answer': 'no answer in time',
  'dry-run': 'not sent, because this is a dry run',
};
