/** Chance. Runs need it for names only; the simulator draws everything from named seeded streams. */
export interface Random {
  /** `bytes` random bytes as lower-case hex. */
  hex(bytes: number): string;
}
