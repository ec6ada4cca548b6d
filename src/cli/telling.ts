/** The receivers of the config, ready to be told: what `notify`, `config check` and a run work with. */
import { placeInConfig, type ConfigProblem } from '../config/load.ts';
import type { ReadReceivers, ReceiverProblem } from '../config/secrets.ts';
import type { Message } from '../model/message.ts';
import type { Delivery, Receiver } from '../model/receiver.ts';
import { redactedValues, redactor } from '../model/redact.ts';
import { deliver, probe, type Post } from '../report/deliver.ts';

export interface Telling {
  /** This node's own name, for messages from before the cluster is known. */
  readonly host: string;
  readonly receivers: readonly Receiver[];
  /** What is wrong with receivers, as far as it shows without asking them. */
  readonly problems: readonly ReceiverProblem[];
  /** Takes every secret of the receivers out of a text. */
  readonly redact: (text: string) => string;
  /** One attempt; the answer is free of secrets. */
  deliver(receiver: Receiver, message: Message): Promise<Delivery>;
  /** Asks the receiver without telling it anything. @returns what is wrong, free of secrets, or nothing */
  probe(receiver: Receiver): Promise<string | undefined>;
}

export function tellingOf({ receivers, problems, secrets }: ReadReceivers, post: Post, host: string): Telling {
  const redact = redactor(secrets);
  return {
    host,
    receivers,
    problems,
    redact,
    deliver: async (receiver, message) => {
      const delivery = await deliver(receiver, withoutSecrets(message, redact), post);
      return delivery.kind === 'delivered' ? delivery : { ...delivery, why: redact(delivery.why) };
    },
    probe: async (receiver) => {
      const wrong = await probe(receiver, post);
      return wrong === undefined ? undefined : redact(wrong);
    },
  };
}

/** Another receiver's secret is none of this one's business. */
function withoutSecrets(message: Message, redact: (text: string) => string): Message {
  const { outcome, text, facts } = message;
  return { ...message, outcome: redact(outcome), text: redact(text), facts: redactedValues(facts, redact) };
}

/** Everything wrong with the receivers, the unreachable ones included, as problems of the config file. @param text of that file; missing where there is none */
export async function receiverProblems(telling: Telling, file: string, text: string | undefined): Promise<readonly ConfigProblem[]> {
  const asked = await Promise.all(
    telling.receivers.map(async (receiver): Promise<readonly ReceiverProblem[]> => {
      const what = await telling.probe(receiver);
      return what === undefined ? [] : [{ receiver: receiver.name, key: [], what }];
    }),
  );
  return [...telling.problems, ...asked.flat()].map(({ receiver, key, what }) => {
    const path = ['receivers', receiver, ...key];
    return { file, ...(text === undefined ? {} : placeInConfig(text, path)), what: `${path.join('.')}: ${what}` };
  });
}

/** For the log at the start of a run: these will not be told, or their secrets lie open. */
export function receiverProblemText({ receiver, key, what }: ReceiverProblem): string {
  return `${['receivers', receiver, ...key].join('.')}: ${what}`;
}
