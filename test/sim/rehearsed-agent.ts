/** The product itself as the agent of a rehearsal, saying what its service says. */
import { configSchema } from '../../src/config/schema.ts';
import { blocks } from '../../src/model/finding.ts';
import { findingLines } from '../../src/report/findings.ts';
import { transcriptLine } from '../../src/report/transcript.ts';
import { abandon } from '../../src/run/abandon.ts';
import { conduct } from '../../src/run/conduct.ts';
import { discover } from '../../src/run/discover.ts';
import { findUnfinished } from '../../src/run/runs.ts';
import { keepPlan } from '../../src/run/seen-plans.ts';
import { makePlan } from '../../src/stages/pve/plan.ts';
import type { EventListener } from '../../src/run/context.ts';
import type { Site } from '../../src/run/site.ts';
import { rehearsedOutward } from './rehearsed-outward.ts';
import type { AgentEnding, AgentLife, AgentMain } from '../../src/sim/rehearse.ts';

export const proxroll: AgentMain = async (ports, life) => {
  const { site, outward } = await rehearsedOutward({ ports, config: configSchema.parse(life.config), version: '0.1.0' }, life);
  const onEvent: EventListener = (entry, state) => {
    life.onEvent(entry.event, transcriptLine(entry.event, state).text);
    outward.event(entry, state);
  };
  if (life.errand === 'abandon') return givenUp(site, life, onEvent);
  const approved = life.approved === 'shown' && (await findUnfinished(ports.store)) === undefined ? await shownPlan(site, life) : undefined;
  const outcome = await conduct(site, {
    only: life.only,
    ...(approved === undefined ? {} : { approved }),
    stop: life.stop,
    onEvent,
    onLook: (snapshot) => outward.seen(snapshot),
    onFindings: (findings, snapshot) => {
      outward.seen(snapshot);
      for (const { text } of findingLines(findings.filter(({ severity }) => severity !== 'info'))) life.say(text);
    },
  });
  outward.ended(outcome);
  await outward.settled(life.stop.aborted);
  switch (outcome.kind) {
    case 'paused': {
      const { code = '', what = '' } = outcome.state.paused ?? {};
      return { kind: 'paused', code, what };
    }
    case 'busy':
      life.say(`nothing was started: ${outcome.holder} holds the cluster`);
      return { kind: 'busy' };
    case 'blocked':
      life.say(`nothing was started: ${outcome.findings.filter(blocks).length} findings against it`);
      return { kind: 'blocked' };
    default:
      return { kind: outcome.kind };
  }
};

async function givenUp(site: Site, life: AgentLife, onEvent: EventListener): Promise<AgentEnding> {
  const outcome = await abandon(site, { onEvent, stop: life.stop });
  if (outcome.kind === 'busy') life.say(`nothing was given up: ${outcome.holder} is at work`);
  return outcome.kind === 'nothing' ? { kind: 'finished' } : { kind: outcome.kind };
}

/** What `proxroll plan` does before a person approves what it printed. */
async function shownPlan(site: Site, life: AgentLife): Promise<string> {
  const digest = await keepPlan(site.ports.store, makePlan(await discover(site), site.config, life.only));
  life.say(`plan ${digest} is shown and approved`);
  return digest;
}
