/** No guest keeps its node up, by policy or because there is nobody else to run it. */
import type { Config } from '../../config/schema.ts';
import { guestTitle, type GuestFacts } from '../../model/guest.ts';
import { keyWithPlace } from '../../config/places.ts';
import { contradictingTags, policyFor, policyPath } from '../../model/policy.ts';
import { isManaged } from '../../model/way.ts';
import { guestsOn } from '../../stages/pve/node-now.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { countText, listText, severityOn } from './scope.ts';

export const checkGuestPolicy: Check = (context) => {
  const { config, snapshot } = context;
  if (snapshot.membership.kind === 'lone') return loneNode(context);
  return context.inQuestion.flatMap((node) =>
    guestsOn(snapshot, node.name).flatMap((guest): readonly Said[] => {
      const said = (what: string, seen: string, next: string): readonly Said[] => [
        { severity: severityOn(node.name, context), subject: guestTitle(guest), what: `${guestTitle(guest)} ${what}`, seen, next },
      ];
      const policy = policyFor(guest, config);
      const tags = contradictingTags(guest, config);
      if (tags.length > 0)
        return said(
          `runs on ${node.name}, and its tags say different things`,
          listText(tags.map(({ tag, policy: says }) => `${keyWithPlace(config, ['guests', 'by_tag', tag])} says ${says}`)),
          `give it a policy of its own: guests.by_vmid.${guest.vmid}`,
        );
      if (policy === 'block')
        return said(
          `runs on ${node.name}, and its policy keeps the node up`,
          `its policy is block${policyPlace(guest, config)}`,
          `stop it, or allow it to be moved or stopped (guests.by_vmid.${guest.vmid}), or leave ${node.name} out with excluded_nodes`,
        );
      if (policy === 'leave' && isManaged(guest, snapshot))
        return said(
          `on ${node.name} is in the HA manager's hands, which does not leave it there`,
          'its policy is leave',
          `let the manager move or stop it: guests.by_vmid.${guest.vmid}: migrate or shutdown`,
        );
      return [];
    }),
  );
};

/** The line that says it, where there is one. */
function policyPlace(guest: GuestFacts, config: Config): string {
  const path = policyPath(guest, config);
  const named = keyWithPlace(config, path);
  return named === path.join('.') ? '' : `, by ${named}`;
}

/** Nobody to move a guest to: it is stopped for the reboot where policy allows that, else the reboot waits. */
function loneNode({ config, snapshot, inQuestion }: CheckContext): readonly Said[] {
  if (config.reboot === 'never') return [];
  return inQuestion.flatMap((node): readonly Said[] => {
    const staying = guestsOn(snapshot, node.name).filter((guest) => !['shutdown', 'leave'].includes(policyFor(guest, config)));
    if (staying.length === 0) return [];
    return [
      {
        severity: 'warning',
        subject: node.name,
        what: `${node.name} will be patched, but a reboot is left due`,
        seen: `there is no other node, and ${countText(staying.length, 'guest')} may not be stopped: ${listText(staying.map(guestTitle))}`,
        next: 'to let them be stopped and started for a reboot: guests.default: shutdown, or guests.by_vmid for each',
      },
    ];
  });
}
