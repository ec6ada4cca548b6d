/** No guest keeps its node up, by policy or because there is nobody else to run it. */
import { guestTitle } from '../../model/guest.ts';
import { guestsOn, policyFor } from '../../stages/pve/plan.ts';
import type { Check, CheckContext, Said } from './scope.ts';
import { countText, listText, severityOn } from './scope.ts';

export const checkGuestPolicy: Check = (context) => {
  const { config, snapshot } = context;
  if (snapshot.membership.kind === 'lone') return loneNode(context);
  return context.inQuestion.flatMap((node) =>
    guestsOn(snapshot, node.name)
      .filter((guest) => guest.ha === undefined && policyFor(guest, config) === 'block')
      .map((guest) => ({
        severity: severityOn(node.name, context),
        subject: guestTitle(guest),
        what: `${guestTitle(guest)} runs on ${node.name}, and its policy keeps the node up`,
        seen: 'its policy is block',
        next: `stop it, or allow it to be moved or stopped (guests.by_vmid.${guest.vmid}), or leave ${node.name} out with excluded_nodes`,
      })),
  );
};

/** Nobody to move a guest to: it is stopped for the reboot where policy allows that, else the reboot waits. */
function loneNode({ config, snapshot, inQuestion }: CheckContext): readonly Said[] {
  if (config.reboot === 'never') return [];
  return inQuestion.flatMap((node): readonly Said[] => {
    const staying = guestsOn(snapshot, node.name).filter((guest) => policyFor(guest, config) !== 'shutdown');
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
