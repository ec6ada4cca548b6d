/** Versions of Proxmox VE: 8 or newer, and one release in the whole cluster; patches do not cross releases (facts 0.3). */
import { bareVersion } from '../../model/obstacles.ts';
import { majorOf } from '../../model/version.ts';
import type { Check, Said } from './scope.ts';
import { notKnown } from './scope.ts';

const oldestMajor = 8;

export const checkVersions: Check = ({ hosts, allHosts, scope }) => {
  const unread = hosts.flatMap(({ node, facts }) =>
    facts.pveVersion.known ? [] : [notKnown(node, `the version of Proxmox VE on ${node} is unknown`, facts.pveVersion.why)],
  );
  const versions = allHosts.flatMap(({ node, facts }) =>
    facts.pveVersion.known ? [{ node, version: bareVersion(facts.pveVersion.value) }] : [],
  );
  const odd = versions
    .filter(({ version }) => majorOf(version) === undefined)
    .map(({ node, version }) => notKnown(node, `the version of Proxmox VE on ${node} is unknown`, `it says ${version}`));
  const old = versions.filter(({ version }) => (majorOf(version) ?? oldestMajor) < oldestMajor).map(tooOld);
  const list = versions.map(({ node, version }) => `${node} ${version}`).join(', ');
  if (new Set(versions.map(({ version }) => majorOf(version))).size > 1)
    return [
      ...unread,
      ...odd,
      ...old,
      {
        severity: 'blocker',
        subject: 'cluster',
        what: 'the nodes run different releases of Proxmox VE',
        seen: list,
        next: 'finish the upgrade to the new release on all nodes first',
      },
    ];
  // Later on the nodes differ because of us.
  if (scope.when === 'start' && new Set(versions.map(({ version }) => version)).size > 1)
    return [
      ...unread,
      ...odd,
      ...old,
      { severity: 'info', subject: 'cluster', what: 'the nodes are patched differently', seen: list, next: '' },
    ];
  return [...unread, ...odd, ...old];
};

function tooOld({ node, version }: { readonly node: string; readonly version: string }): Said {
  return {
    severity: 'blocker',
    subject: node,
    what: `${node} runs Proxmox VE ${version}, which is too old`,
    seen: `${oldestMajor} is the oldest release that is supported`,
    next: `upgrade ${node} to Proxmox VE ${oldestMajor} or newer`,
  };
}
