/** An option that may be given several times, as commander wants it told. */
export function gathered(value: string, before: readonly string[] = []): readonly string[] {
  return before.includes(value) ? before : [...before, value];
}
