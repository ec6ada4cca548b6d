/**
 * One fact as it was read: its value, or the reason why there is none. Unknown is never "no" and never "fine": whoever
 * needs the value must say what happens without it.
 */
export type Reading<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export function known<T>(value: T): Reading<T> {
  return { known: true, value };
}

/** @param why in the operator's words, naming what was asked and what came back */
export function unknown(why: string): { readonly known: false; readonly why: string } {
  return { known: false, why };
}

/** The value, or `instead` where nothing is known. Only for display and for choices in which `instead` is the safe side. */
export function valueOr<T, U>(reading: Reading<T>, instead: U): T | U {
  return reading.known ? reading.value : instead;
}

/** Applies `change` to a known value and leaves an unknown one with its reason. */
export function mapReading<T, U>(reading: Reading<T>, change: (value: T) => U): Reading<U> {
  return reading.known ? known(change(reading.value)) : reading;
}
