/**
 * Tells receivers what happened, beside the run and never in its way: whoever calls `tell` goes on at once, what fails is tried
 * again, and what cannot be delivered is said once and forgotten.
 */
import { wants, type Delivery, type Receiver } from '../model/receiver.ts';
import type { Message } from '../model/message.ts';
import type { Clock } from '../ports/clock.ts';

export interface Notifier {
  /** Takes a message for every receiver that wants it. Returns at once; never throws. */
  tell(message: Message): void;
  /** Resolves when everything was delivered or given up, at the latest after `limitMs`; what is left then is given up. */
  settled(limitMs: number): Promise<void>;
}

/** A message that did not arrive. */
export interface Lost {
  readonly receiver: Receiver;
  readonly message: Message;
  /** Missing where they were not counted to their end. */
  readonly attempts?: number;
  /** As the receiver said it: to be redacted. */
  readonly why: string;
}

export interface NotifierOptions {
  readonly receivers: readonly Receiver[];
  readonly clock: Clock;
  /** One attempt. */
  readonly deliver: (receiver: Receiver, message: Message) => Promise<Delivery>;
  readonly onLost: (lost: Lost) => void;
}

/** Between one attempt and the next. */
const pausesMs = [5_000, 30_000, 120_000] as const;
/** A receiver that asks for more patience does not get it. */
const longestPauseMs = 300_000;
/** Each receiver's messages wait for the one before; a receiver that is away for a whole run must not fill the memory. */
const mostWaiting = 50;

export function notifier({ receivers, clock, deliver, onLost }: NotifierOptions): Notifier {
  const end = new AbortController();
  const queues = receivers.map((receiver) => ({
    receiver,
    waiting: [] as Message[],
    current: undefined as Message | undefined,
    work: undefined as Promise<void> | undefined,
  }));

  type Queue = (typeof queues)[number];

  async function workOff(queue: Queue): Promise<void> {
    for (let message = queue.waiting.shift(); message !== undefined; message = queue.waiting.shift()) {
      queue.current = message;
      await untilTold(queue, message);
      queue.current = undefined;
    }
    queue.work = undefined;
  }

  async function untilTold({ receiver }: Queue, message: Message): Promise<void> {
    for (let attempts = 1; ; attempts++) {
      const delivery = await attempt(receiver, message);
      // Whoever did not wait for it has called it lost.
      if (delivery.kind === 'delivered' || end.signal.aborted) return;
      const pauseMs = pausesMs[attempts - 1];
      if (delivery.kind === 'refused' || pauseMs === undefined) return onLost({ receiver, message, attempts, why: delivery.why });
      await clock.sleep(Math.min(longestPauseMs, Math.max(pauseMs, delivery.afterMs ?? 0)), end.signal);
      if (end.signal.aborted) return;
    }
  }

  /** A bug in a client must not end the run either. */
  async function attempt(receiver: Receiver, message: Message): Promise<Delivery> {
    try {
      return await deliver(receiver, message);
    } catch (error) {
      return { kind: 'refused', why: `it could not be sent: ${(error as Error).message}` };
    }
  }

  return {
    tell(message) {
      for (const queue of queues.filter(({ receiver }) => wants(receiver, message))) {
        if (queue.waiting.length >= mostWaiting) {
          onLost({ receiver: queue.receiver, message, why: `${mostWaiting} messages wait for it already` });
          continue;
        }
        queue.waiting.push(message);
        queue.work ??= workOff(queue);
      }
    },
    async settled(limitMs) {
      const allDone = Promise.all(queues.flatMap(({ work }) => work ?? []));
      const over = new AbortController();
      const done = allDone.then(() => over.abort());
      await clock.sleep(limitMs, over.signal);
      if (over.signal.aborted) return done;
      // Waits end at once; an attempt that is under way ends by its own deadline, and nobody waits for it.
      end.abort();
      for (const { receiver, current, waiting } of queues)
        for (const message of [...(current === undefined ? [] : [current]), ...waiting.splice(0)])
          onLost({ receiver, message, why: 'it was not told in time' });
    },
  };
}
