/** What a command's exit code means; `docs/exit-codes.md` explains each, and a test keeps the two in step. */
export const Exit = {
  ok: 0,
  bug: 1,
  usage: 2,
  blocked: 3,
  paused: 4,
  busy: 5,
} as const;

export type ExitCode = (typeof Exit)[keyof typeof Exit];
