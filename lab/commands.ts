/** The commands that need hosts, run inside the lab's namespaces. */
import { proveApt } from './apt/prove.ts';
import { LabCluster } from './cluster.ts';
import { proveGuests } from './guests/prove.ts';
import { proveRehearsal } from './rehearsal.ts';
import { proveRun } from './run.ts';
import { selfcheck } from './selfcheck.ts';
import { proveHere } from './trouble/all.ts';
import { giveWorld, usualGuests } from './world.ts';
import type { LabRun } from './lab-run.ts';
import type { Request } from './request.ts';
import type { Verdict } from './verdict.ts';

/** @returns the exit code, or `undefined` for a command that is not one of these */
export async function command(request: Request, labRun: LabRun): Promise<number | undefined> {
  const { suite, nodes } = request;
  switch (request.command) {
    case 'selfcheck':
      await selfcheck(labRun, suite, nodes);
      return 0;
    case 'run':
      return counted(await proveRun(labRun, request));
    case 'rehearse':
      return counted(await proveRehearsal(labRun, request));
    case 'apt':
      return counted(await proveApt(labRun, request.deb, suite, request.only, request.record === true));
    case 'guests':
      return counted(await proveGuests(labRun, request.deb, suite, request.record === true));
    case 'trouble': {
      const verdicts = await proveHere(request.only[0] ?? '', labRun, request.deb, request.seed);
      return verdicts.every(({ held }) => held) ? 0 : 1;
    }
    case 'up': {
      const cluster = await LabCluster.make({ suite, nodes, firmwareMs: 2_000 }, labRun);
      await cluster.start();
      await giveWorld(cluster, usualGuests(nodes));
      console.log('the lab is up; Ctrl-C ends it');
      return new Promise(() => undefined);
    }
    default:
      return undefined;
  }
}

/** Ends with the counts that build.sh adds up. */
function counted(verdicts: readonly Verdict[]): number {
  const held = verdicts.filter((each) => each.held).length;
  console.log(`\n# pass ${held}\n# fail ${verdicts.length - held}`);
  return held === verdicts.length ? 0 : 1;
}
