/** The product itself as the agent of a rehearsal. */
import { configSchema } from '../../src/config/schema.ts';
import { transcriptLine } from '../../src/report/transcript.ts';
import { conduct } from '../../src/run/conduct.ts';
import type { AgentMain } from '../../src/sim/rehearse.ts';

export const proxroll: AgentMain = async (ports, life) => {
  const site = { ports, config: configSchema.parse(life.config), version: '0.1.0' };
  const outcome = await conduct(site, {
    only: [],
    stop: life.stop,
    onEvent: ({ event }, state) => life.onEvent(event, transcriptLine(event, state).text),
    onFindings: () => undefined,
  });
  return outcome.kind === 'paused' ? { kind: 'paused', code: outcome.state.paused?.code ?? '' } : { kind: outcome.kind };
};
