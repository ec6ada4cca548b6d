/** The keys of one receiver of messages. A secret never stands in the config: a reference says where it is read. */
import { z } from 'zod';
import { messageKinds, severities } from '../model/message.ts';
import { unknownPlaceholders } from '../model/template.ts';

const absolute = z.string().startsWith('/', 'must be an absolute path');
const address = z.string().regex(/^[^\s@<>"]+(@[^\s@<>"]+)?$/, 'must be a mail address');

/** Where a secret is read. Exactly one of the three. */
const secretSchema = z
  .strictObject(
    {
      credential: z
        .string()
        .regex(/^[A-Za-z0-9._-]{1,255}$/, 'must be the name of a systemd credential')
        .optional(),
      file: absolute.optional(),
      env: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable')
        .optional(),
    },
    { error: ({ code }) => (code === 'invalid_type' ? secretWanted : undefined) },
  )
  .refine((where) => Object.values(where).filter((value) => value !== undefined).length === 1, {
    error: 'must have exactly one of credential, file, env',
  });

/** Said without the value that stands there, which may be the secret itself. */
const secretWanted =
  'must say where the secret is: {file: PATH}, {credential: NAME} or {env: NAME}; a secret itself does not belong in this file';

const textOrSecret = (text: z.ZodString) =>
  z.union([text, secretSchema], { error: `must be a text or say where a secret is: {file: PATH}, {credential: NAME} or {env: NAME}` });

const webAddress = z.string().refine(isWebAddress, 'must be an address such as https://ntfy.example, without a login in it');

const base = {
  severity: z.enum(severities).default('info').describe('Only messages that are at least so important.'),
  about: z.array(z.enum(messageKinds)).default([]).describe('Only messages of these kinds; empty means all.'),
};
const caFile = absolute
  .optional()
  .describe('PEM file with the certificates to trust in place of the system’s: an authority of your own, or the very certificate.');

export const receiverSchema = z.discriminatedUnion(
  'kind',
  [
    z
      .strictObject({
        kind: z.literal('mail'),
        ...base,
        to: z.array(address).min(1).describe('Addresses; `root` goes where the node sends its own mail.'),
        from: address.optional().describe('The sender; without it `root` at the name of the node.'),
        smtp: z
          .strictObject({
            host: z.string().min(1).describe('The server.'),
            port: z
              .number()
              .int()
              .min(1)
              .max(65535)
              .optional()
              .describe('587 with `starttls`, 465 with `implicit`, 25 with `none` unless given.'),
            tls: z
              .enum(['starttls', 'implicit', 'none'])
              .default('starttls')
              .describe('`starttls` is demanded: a server that does not offer it gets nothing.'),
            user: z.string().min(1).optional().describe('For the login.'),
            password: secretSchema.optional().describe('For the login; secret.'),
            ca_file: caFile,
          })
          .refine(({ user, password }) => (user === undefined) === (password === undefined), {
            error: 'needs user and password, or neither',
          })
          .refine(({ tls, password }) => tls !== 'none' || password === undefined, { error: 'must not send a password without TLS' })
          .optional()
          .describe('The SMTP server. Without it the mail goes through the sendmail of the node.'),
      })
      .refine(({ to, smtp }) => smtp === undefined || to.every((address) => address.includes('@')), {
        error: 'must have addresses with a host, as an SMTP server knows no local names',
        path: ['to'],
      }),
    z.strictObject({
      kind: z.literal('discord'),
      ...base,
      url: secretSchema.describe('The address of the webhook; secret.'),
    }),
    z.strictObject({
      kind: z.literal('ntfy'),
      ...base,
      server: webAddress.default('https://ntfy.sh').describe('The server.'),
      topic: textOrSecret(z.string().regex(/^[-_A-Za-z0-9]{1,64}$/, 'must be a topic: letters, digits, - and _, at most 64')).describe(
        'The topic. On a public server whoever knows it reads along: then better a secret.',
      ),
      token: secretSchema.optional().describe('An access token; secret.'),
      click: webAddress.optional().describe('What a tap on the message opens.'),
      ca_file: caFile,
    }),
    z.strictObject({
      kind: z.literal('gotify'),
      ...base,
      server: webAddress.describe('The server.'),
      token: secretSchema.describe('The token of the application; secret.'),
      ca_file: caFile,
    }),
    z.strictObject({
      kind: z.literal('webhook'),
      ...base,
      url: textOrSecret(webAddress).describe('Where the request goes.'),
      method: z.enum(['POST', 'PUT']).default('POST').describe('The method.'),
      headers: z
        .record(
          z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be the name of a header'),
          textOrSecret(z.string().regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')),
        )
        .default({})
        .describe('More headers; their values may be secrets.'),
      content_type: z
        .string()
        .regex(/^[\x21-\x7e]+(; *[\x21-\x7e]+)*$/, 'must be a media type')
        .default('application/json')
        .describe('What the body is.'),
      template: z
        .string()
        .refine((text) => unknownPlaceholders(text).length === 0, {
          error: ({ input }) => `has placeholders that mean nothing: ${unknownPlaceholders(String(input)).join(', ')}`,
        })
        .optional()
        .describe('The body, with placeholders such as `{{subject}}`. Without it the whole message as JSON.'),
      ca_file: caFile,
    }),
  ],
  {
    error: ({ code }) =>
      String(code) === 'invalid_type' ? 'must be a mapping of keys to values' : 'must be one of mail, discord, ntfy, gotify, webhook',
  },
);

export type ReceiverConfig = z.infer<typeof receiverSchema>;
export type SecretWhere = z.infer<typeof secretSchema>;

/** A login in an address would be a secret in the config. */
function isWebAddress(text: string): boolean {
  try {
    const { protocol, username, password } = new URL(text);
    return /^https?:$/.test(protocol) && username === '' && password === '';
  } catch {
    return false;
  }
}

/** What may be told of each kind of receiver: its keys with their descriptions, for the documentation and for a mistyped key. */
export function receiverKeys(kind: string): readonly { readonly name: string; readonly description: string }[] {
  const option = receiverSchema.options.find(({ shape }) => shape.kind.value === kind);
  if (option === undefined) return [];
  const own = Object.entries<z.core.$ZodType>(option.shape).flatMap(([name, schema]) => keyOf(name, schema));
  return kind === 'mail' ? [...own, ...smtpKeys()] : own;
}

export const receiverKinds: readonly ReceiverConfig['kind'][] = receiverSchema.options.map(({ shape }) => shape.kind.value);

function smtpKeys(): readonly { readonly name: string; readonly description: string }[] {
  const [mail] = receiverSchema.options;
  return Object.entries<z.core.$ZodType>(mail.shape.smtp.unwrap().shape).flatMap(([name, schema]) => keyOf(`smtp.${name}`, schema));
}

function keyOf(name: string, schema: z.core.$ZodType): readonly { readonly name: string; readonly description: string }[] {
  return name === 'kind' ? [] : [{ name, description: z.globalRegistry.get(schema)?.description ?? '' }];
}
