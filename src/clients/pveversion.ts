/** The product's version on one node (facts 0.3). */
import { reads } from './at.ts';
import { deadlines } from './deadlines.ts';
import type { Query } from './query.ts';
import { textQuery, unparsable } from './query.ts';

/** The version of pve-manager, which is the version of the product: `9.2.11`. @throws CommandFailed, Unparsable */
export const pveVersionQuery: Query<string> = textQuery(reads(deadlines.guestTool, 'pveversion'), (text, source) => {
  const [, version] = /^pve-manager\/(\d+\.\d+[^\s/]*)/.exec(text) ?? [];
  if (version === undefined) throw unparsable(source, 'pve-manager', text);
  return version;
});
