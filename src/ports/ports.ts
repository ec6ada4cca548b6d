/** What a stage may touch the world with. `main.ts` fills it with real adapters, tests and the demo with the simulator's. */
import type { Clock } from './clock.ts';
import type { Http } from './http.ts';
import type { Random } from './random.ts';
import type { Shell } from './shell.ts';
import type { Store } from './store.ts';

export interface Ports {
  readonly shell: Shell;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
}
