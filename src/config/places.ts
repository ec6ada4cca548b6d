/** Where in its file a key of the config stands: for messages about what is well formed and means nothing here. */
import type { Config } from './schema.ts';

/** @returns `FILE:LINE` of the key at this path, or of the nearest one above it that is in the file */
export type PlaceOf = (path: readonly string[]) => string;

// The config itself stays plain data that can be compared and saved; where it came from is known of this one object only.
const places = new WeakMap<Config, PlaceOf>();

export function rememberPlaces(config: Config, placeOf: PlaceOf): void {
  places.set(config, placeOf);
}

/** @returns `KEY (FILE:LINE)`, or the key alone for a config that was not read from a file */
export function keyWithPlace(config: Config, path: readonly string[]): string {
  const place = places.get(config)?.(path);
  return place === undefined ? path.join('.') : `${path.join('.')} (${place})`;
}
