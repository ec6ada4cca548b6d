/**
 * What every fault is (house style 3.4). It is told to the log of the world, so that a golden log shows it; one with a twin in the lab
 * says which. They stand by what they strike: `agent.ts`, `node.ts`, `apt.ts`, `guest.ts`, `person.ts`.
 */
import type { Agent } from '../agent.ts';
import type { CallFaults } from '../call-faults.ts';
import type { World } from '../world.ts';
import type { PersonAct } from './person.ts';

/** A fault in words, and what it does. */
export interface Fault {
  readonly title: string;
  readonly strike: (scene: Scene) => void;
}

export interface Scene {
  readonly world: World;
  readonly agent: Agent<unknown>;
  readonly calls: CallFaults;
  /** Lets a person act on proxroll. */
  readonly person: (act: PersonAct) => void;
}

export function strike(scene: Scene, fault: Fault): void {
  scene.world.log.tell({ type: 'fault', text: fault.title });
  fault.strike(scene);
}
