/** At most `size` at a time; the others wait in the order they came. */
export interface Slots {
  /** Resolves when there is a place. @returns what gives it back; calling that twice gives it back once */
  take(): Promise<() => void>;
}

export function slots(size: number): Slots {
  let free = size;
  const waiting: (() => void)[] = [];
  const giver = (): (() => void) => {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    };
  };
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return giver();
    },
  };
}
