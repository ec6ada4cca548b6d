/** Services that take messages, as strict as the real ones: Discord, ntfy and Gotify (facts 8). */
import { z } from 'zod';
import type { HttpAnswer, HttpRequest } from '../ports/http.ts';
import type { SimService } from './http.ts';

/** What a service keeps of one message. */
export interface Kept {
  readonly title: string;
  readonly text: string;
  readonly body: unknown;
}

export interface SimReceiver {
  readonly answer: SimService;
  readonly kept: Kept[];
}

const embed = z.strictObject({
  title: z.string().min(1).max(256).optional(),
  description: z.string().min(1).max(4096).optional(),
  color: z.number().int().min(0).max(0xffffff).optional(),
  timestamp: z.iso.datetime().optional(),
  fields: z
    .array(
      z.strictObject({
        name: z.string().trim().min(1).max(256),
        value: z.string().trim().min(1).max(1024),
        inline: z.boolean().optional(),
      }),
    )
    .max(25)
    .optional(),
  footer: z.strictObject({ text: z.string().min(1).max(2048) }).optional(),
});
const discordBody = z.strictObject({
  username: z.string().min(1).max(80).optional(),
  content: z.string().max(2000).optional(),
  embeds: z.array(embed).min(1).max(10),
  allowed_mentions: z.strictObject({ parse: z.array(z.string()) }),
});

/** @param path of the webhook: `/api/webhooks/ID/TOKEN` */
export function simDiscord(path: string): SimReceiver {
  const kept: Kept[] = [];
  let recent: readonly number[] = [];
  return {
    kept,
    answer: (request, nowMs) => {
      const url = new URL(request.url);
      if (url.pathname !== path) return json(404, { message: 'Unknown Webhook', code: 10015 });
      if (request.method === 'GET') return json(200, { id: '1', type: 1, name: 'proxroll' });
      recent = recent.filter((at) => nowMs - at < 2000);
      if (recent.length >= 5)
        return json(429, { message: 'You are being rate limited.', retry_after: 1.337, global: false }, { 'retry-after': '2' });
      recent = [...recent, nowMs];
      const parsed = discordBody.safeParse(parsedJson(request));
      if (!parsed.success) return json(400, { message: 'Invalid Form Body', code: 50035, errors: parsed.error.issues });
      const { embeds } = parsed.data;
      const size = embeds.reduce((sum, one) => sum + sizeOf(one), 0);
      if (size > 6000) return json(400, { message: 'Invalid Form Body', code: 50035, errors: { embeds: `${size} characters` } });
      kept.push({ title: embeds[0]?.title ?? '', text: embeds[0]?.description ?? '', body: parsed.data });
      // Without it nobody is told whether the message was kept.
      return url.searchParams.get('wait') === 'true' ? json(200, { id: '2', type: 0 }) : { status: 204, headers: {}, body: '' };
    },
  };
}

function sizeOf({ title = '', description = '', fields = [], footer }: z.infer<typeof embed>): number {
  const ofFields = fields.reduce((sum, field) => sum + field.name.length + field.value.length, 0);
  return title.length + description.length + ofFields + (footer?.text.length ?? 0);
}

const ntfyBody = z.strictObject({
  topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/),
  title: z.string().optional(),
  message: z.string().optional(),
  priority: z.number().int().min(1).max(5).optional(),
  tags: z.array(z.string()).optional(),
  click: z.url().optional(),
});

/** @param token its access token; without one it takes anybody's messages */
export function simNtfy(token?: string): SimReceiver {
  const kept: Kept[] = [];
  return {
    kept,
    answer: (request) => {
      const { pathname } = new URL(request.url);
      const login = request.headers?.['authorization'];
      // Whatever is asked for: a login that is wrong is refused first, one that is missing only where a topic wants one.
      if (token !== undefined && login !== undefined && login !== `Bearer ${token}`)
        return json(401, { code: 40101, http: 401, error: 'unauthorized', link: 'https://ntfy.sh/docs/publish/#authentication' });
      if (pathname === '/v1/health') return json(200, { healthy: true });
      if (token !== undefined && login === undefined)
        return json(403, { code: 40301, http: 403, error: 'forbidden', link: 'https://ntfy.sh/docs/publish/#authentication' });
      if (Buffer.byteLength(request.body ?? '') > 8192)
        return json(413, { code: 41303, http: 413, error: 'JSON body too large', link: 'https://ntfy.sh/docs/publish/#as-json' });
      // To a topic's address the very text would be the message, braces and all.
      if (pathname !== '/') return json(200, { event: 'message', message: request.body });
      const parsed = ntfyBody.safeParse(parsedJson(request));
      if (!parsed.success) return json(400, { code: 40017, http: 400, error: 'invalid request: body must be message JSON' });
      kept.push({ title: parsed.data.title ?? '', text: parsed.data.message ?? '', body: parsed.data });
      return json(200, { id: 'sPs71M8A2T28', time: 1, event: 'message', ...parsed.data });
    },
  };
}

const gotifyBody = z.strictObject({
  title: z.string(),
  message: z.string().min(1),
  priority: z.number().int(),
  extras: z.record(z.string(), z.unknown()).optional(),
});

/** @param token of the application */
export function simGotify(token: string): SimReceiver {
  const kept: Kept[] = [];
  return {
    kept,
    answer: (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/version') return json(200, { version: '2.6.1' });
      const refusal = {
        error: 'Unauthorized',
        errorCode: 401,
        errorDescription: 'you need to provide a valid access token or user credentials',
      };
      if (request.headers?.['x-gotify-key'] !== token) return json(401, refusal);
      if (pathname !== '/message') return json(404, { error: 'Not Found', errorCode: 404, errorDescription: 'page not found' });
      const parsed = gotifyBody.safeParse(parsedJson(request));
      if (!parsed.success) return json(400, { error: 'Bad Request', errorCode: 400, errorDescription: 'Field message is required' });
      kept.push({ title: parsed.data.title, text: parsed.data.message, body: parsed.data });
      return json(200, { id: kept.length, appid: 1, ...parsed.data });
    },
  };
}

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

function parsedJson({ body }: HttpRequest): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return undefined;
  }
}
