/** Facts of a node that no other check looks at, but without which nobody can tell whether it must reboot, or did. */
import type { Check } from './scope.ts';
import { notKnown } from './scope.ts';

export const checkBootFacts: Check = ({ hosts }) =>
  hosts.flatMap(({ node, facts }) => [
    ...(facts.bootId.known ? [] : [notKnown(node, `the boot id of ${node} is unknown, so a reboot could not be told`, facts.bootId.why)]),
    ...(facts.kernel.known ? [] : [notKnown(node, `it is unknown which kernel ${node} runs and which it would boot`, facts.kernel.why)]),
    ...(facts.rebootRequired.known ? [] : [notKnown(node, `it is unknown whether ${node} asks for a reboot`, facts.rebootRequired.why)]),
  ]);
