/** The singular for one, else the plural, with the number: `1 package`, `3 packages`. */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}
