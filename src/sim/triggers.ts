/** Which deeds of a scenario are due at what has just happened. */
import type { RunEvent } from '../model/event.ts';
import type { Deed } from './scenario.ts';

/** Follows what a scenario is to do, and when: each deed falls due once, at the nth time that what it waits for happens. */
export class Triggers {
  readonly #deeds: { readonly deed: Deed; seen: number; fired: boolean }[];

  constructor(deeds: readonly Deed[]) {
    this.#deeds = deeds.map((deed) => ({ deed, seen: 0, fired: false }));
  }

  /** Whether something may still fall due, or was only just set off with a delay. */
  get waiting(): boolean {
    return this.#deeds.some(({ fired, deed }) => !fired || deed.when.afterMs > 0);
  }

  /** The words of those that never fell due. */
  get unfired(): string[] {
    return this.#deeds.filter(({ fired }) => !fired).map(({ deed }) => deed.when.text);
  }

  atStart(): Deed[] {
    return this.#due(({ of }) => of.kind === 'start');
  }

  ofFact(event: Parameters<Extract<Deed['when']['of'], { kind: 'fact' }>['matches']>[0]): Deed[] {
    return this.#due(({ of }) => of.kind === 'fact' && of.matches(event));
  }

  ofRun(event: RunEvent): Deed[] {
    const words = wordsOf(event);
    return words === undefined ? [] : this.#due(({ of }) => of.kind === 'run' && of.says === words);
  }

  #due(matches: (when: Deed['when']) => boolean): Deed[] {
    return this.#deeds.flatMap((one) => {
      if (one.fired || !matches(one.deed.when) || ++one.seen < one.deed.nth) return [];
      one.fired = true;
      return [one.deed];
    });
  }
}

function wordsOf(event: RunEvent): string | undefined {
  const [subject, verb] = event.type.split('.');
  if (subject === 'step' && 'step' in event) return `${event.step ?? ''} ${verb ?? ''}`;
  return subject === 'run' ? `run ${verb ?? ''}` : undefined;
}
