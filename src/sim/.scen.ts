import { readScenario } from './scenario.ts';
import { rehearse } from './rehearse.ts';
import type { AgentMain } from './rehearse.ts';
import { conduct } from '../run/conduct.ts';
import { configSchema } from '../config/schema.ts';
import { transcriptLine } from '../report/transcript.ts';
import { readFileSync } from 'node:fs';
export const main: AgentMain = async (ports, life) => {
  const outcome = await conduct({ ports, config: configSchema.parse(life.config), version: '0.1.0' }, { only: [], stop: life.stop, onEvent: (e, s) => life.onEvent(e.event, transcriptLine(e.event, s).text), onFindings: () => {} });
  return outcome.kind === 'paused' ? { kind: 'paused', code: outcome.state.paused?.code ?? '' } : { kind: outcome.kind };
};
const s = readScenario(readFileSync(process.argv[2]!, 'utf8'), process.argv[2]!);
const r = await rehearse(s, main);
console.log(r.log.join('\n')); console.log(JSON.stringify(r.ending)); console.log('PROBLEMS', r.problems, 'calls', r.calls);
