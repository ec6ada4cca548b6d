/** What a rehearsed run tells people and monitoring, as lines of its log; only where its config names receivers or figures. */
import { figuresOutward } from '../../src/cli/outward-figures.ts';
import { allOutward, messagesOutward, type Outward } from '../../src/cli/outward.ts';
import { readReceivers } from '../../src/config/secrets.ts';
import { subjectOf } from '../../src/model/message.ts';
import { notBackFile } from '../../src/report/not-back.ts';
import { notifier } from '../../src/report/notifier.ts';
import type { Site } from '../../src/run/site.ts';
import type { AgentLife } from '../../src/sim/rehearse.ts';

/** No secret is needed for what takes messages in a scenario. */
const nowhere = { env: () => undefined, credentialsFolder: undefined, read: () => Promise.reject(new Error('a scenario has no files')) };

/** @returns the site as its run must know it, and what listens to the run */
export async function rehearsedOutward(site: Site, life: AgentLife): Promise<{ readonly site: Site; readonly outward: Outward }> {
  const { receivers } = await readReceivers(site.config, nowhere);
  const parts: Outward[] = [];
  if (receivers.length > 0) {
    const tells = notifier({
      receivers,
      clock: site.ports.clock,
      deliver: (receiver, message) => {
        life.say(`tells ${receiver.name}: ${message.severity}: ${subjectOf(message)}`);
        return Promise.resolve({ kind: 'delivered' });
      },
      onLost: ({ receiver, why }) => life.say(`${receiver.name} was not told: ${why}`),
    });
    parts.push(messagesOutward(tells, site.ports.clock, 'this node'));
  }
  if ('metrics' in life.config)
    parts.push(figuresOutward(site, { write: changesTold(life), onTrouble: (error) => life.say(String(error)) }));
  const notBack: Site['notBack'] = (state, peer, waitedMs) => notBackFile(receivers, state, peer, waitedMs);
  return { site: receivers.length === 0 ? site : { ...site, notBack }, outward: allOutward(parts) };
}

/** One line for each series that has another value or is gone since the file was last written. What begins with 0 is not worth a line. */
function changesTold({ say }: AgentLife): (text: string) => Promise<boolean> {
  let before: ReadonlyMap<string, string> = new Map();
  return (text) => {
    const now = new Map(
      text.split('\n').flatMap((line) => {
        const [, series, value] = /^proxroll_(\S*(?:\{.*\})?) (\S+)$/.exec(line.replace(/,?cluster="[^"]*"/, '').replace('{}', '')) ?? [];
        return series === undefined || value === undefined ? [] : [[series, value] as const];
      }),
    );
    for (const [series, value] of now) if ((before.get(series) ?? '0') !== value) say(`figure: ${series} ${value}`);
    for (const series of before.keys()) if (!now.has(series)) say(`figure: ${series} is gone`);
    before = now;
    return Promise.resolve(true);
  };
}
