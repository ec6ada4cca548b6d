/** Where everybody shall be when a node is empty, as a draft that is changed until everything fits. Not yet in which order they get there. */
import { bytesOf, givesRoom, mayGo, type Move, type MoveProblem, type Standing } from './problem.ts';

/** Less is better; equals are told apart by the room they have. */
export type Rank = (node: number) => number;
/** `even`: the node with the most room, better for those who live there. `full`: the one with the least, which keeps large holes. */
export type Fit = 'even' | 'full';

/** How often guests are changed about for one that has no place. */
const changesTried = 40;

export class Draft {
  readonly #node: number;
  readonly #problem: MoveProblem;
  readonly #standing: Standing;
  readonly #rank: Rank;
  readonly #at: number[];
  readonly #free: number[];
  /** Where the manager sends its guests, room or not: it does not think again because they do not fit. */
  readonly #sent = new Map<number, number>();
  unplaced: number[] = [];

  constructor(node: number, problem: MoveProblem, standing: Standing, rank: Rank) {
    this.#node = node;
    this.#problem = problem;
    this.#standing = standing;
    this.#rank = rank;
    this.#at = [...standing.at];
    this.#free = [...standing.free];
  }

  fresh(): Draft {
    return new Draft(this.#node, this.#problem, this.#standing, this.#rank);
  }

  placeAll(fit: Fit): void {
    for (const guest of this.#oursAfterManaged()) {
      const target = this.#best(guest, fit);
      if (target === undefined) this.unplaced.push(guest);
      else this.#put(guest, target);
    }
  }

  /**
   * Places the guests of the node and these others, who leave where they are for it; tries again from the last choice where one has no
   * place. @param steps how many places may be tried @returns how many were; `unplaced` is empty when it worked out
   */
  placeWith(others: readonly number[], fit: Fit, steps: number): number {
    const items = [...this.#oursAfterManaged(), ...others].sort((a, b) => this.#bytes(b) - this.#bytes(a) || a - b);
    if (this.unplaced.length > 0) return items.length;
    for (const guest of others) this.#take(guest);
    this.unplaced = items;
    let tried = 0;
    const place = (index: number): boolean => {
      const guest = items[index];
      if (guest === undefined) return true;
      const holes = new Set<number>();
      for (const node of this.#targets(guest).sort((a, b) => this.#prefer(a, b, fit))) {
        // Two nodes of one rank with the same room are the same to guests that may go to either.
        const hole = (this.#free[node] ?? 0) + this.#rank(node) / 1e6;
        if (holes.has(hole) || tried++ >= steps || node === this.#standing.at[guest]) continue;
        holes.add(hole);
        this.#give(guest, node);
        if (place(index + 1)) return true;
        this.#take(guest);
      }
      return false;
    };
    if (place(0)) this.unplaced = [];
    return tried + items.length;
  }

  /** Whether all of the node's guests that the manager moves find a place; who else makes room does not change that. */
  placesManaged(): boolean {
    this.#oursAfterManaged();
    return this.unplaced.length === 0;
  }

  #oursAfterManaged(): number[] {
    const own: number[] = [];
    this.#at.forEach((node, guest) => (node === this.#node ? own.push(guest) : undefined));
    // The manager does not ask us: what it will do is reckoned first, and ours go round it.
    for (const guest of this.#managed(own)) if (this.#at[guest] === this.#node) this.#placeManaged(guest);
    const ours = own.filter((guest) => this.#problem.guests[guest]?.mover === 'us');
    return ours.sort((a, b) => this.#bytes(b) - this.#bytes(a) || a - b);
  }

  #prefer(a: number, b: number, fit: Fit): number {
    const room = (this.#free[a] ?? 0) - (this.#free[b] ?? 0);
    return this.#rank(a) - this.#rank(b) || (fit === 'even' ? -room : room) || a - b;
  }

  #take(guest: number): void {
    const from = this.#at[guest] ?? 0;
    this.#free[from] = (this.#free[from] ?? 0) + this.#bytes(guest);
  }

  #give(guest: number, node: number): void {
    this.#at[guest] = node;
    this.#free[node] = (this.#free[node] ?? 0) - this.#bytes(guest);
  }

  /** For each guest without a place: the cheapest other guest, or pair of guests, whose moving makes one. */
  makeRoom(): void {
    const left: number[] = [];
    for (const guest of this.unplaced) {
      // The manager's may have come along with another one that they belong to.
      if (this.#at[guest] !== this.#node) continue;
      const managed = this.#problem.guests[guest]?.mover === 'manager';
      const find = () => (managed ? this.#managersChoice(this.#leavingTogether(guest)) : this.#best(guest, 'full'));
      const only = managed ? this.sentTo(guest) : undefined;
      // A hole may be where the rules do not let it go, so little is tried for it.
      let tries = managed ? 2 : changesTried;
      while (find() === undefined && tries-- > 0) if (!this.#shift(guest, only)) break;
      const target = find();
      if (target === undefined) left.push(guest);
      else for (const one of managed ? this.#leavingTogether(guest) : [guest]) this.#put(one, target);
    }
    this.unplaced = left;
  }

  changes(): readonly Move[] {
    return this.#at.flatMap((to, guest) => {
      const from = this.#standing.at[guest] ?? to;
      return from === to ? [] : [{ guest, from, to }];
    });
  }

  /** By how much the roomiest node that may take the first guest without a place is too small. */
  missingBytes(): number {
    const [guest] = this.unplaced;
    if (guest === undefined) return 0;
    return this.#missing(guest, this.sentTo(guest));
  }

  /** The first without a place, if the manager sends it somewhere all the same. */
  astray(): { readonly sentTo?: number } {
    const [guest] = this.unplaced;
    const sentTo = guest === undefined ? undefined : this.sentTo(guest);
    return sentTo === undefined ? {} : { sentTo };
  }

  /** Where the manager sends a guest, whether or not there is room; nothing where it looks for room itself, and for guests that are ours. */
  sentTo(guest: number): number | undefined {
    const { guests, services } = this.#problem;
    if (guests[guest]?.mover !== 'manager' || services === undefined) return undefined;
    return this.#managersOrder(this.#leavingTogether(guest))[0];
  }

  /** In the order in which the manager goes through them: by name. */
  #managed(own: readonly number[]): readonly number[] {
    const sid = (guest: number) => this.#problem.guests[guest]?.managed?.sid ?? '';
    return own
      .filter((guest) => this.#problem.guests[guest]?.mover === 'manager')
      .sort((a, b) => (sid(a) < sid(b) ? -1 : sid(a) > sid(b) ? 1 : a - b));
  }

  /** Where it sends those that belong together, if all of them may be there and there is room. In its basic mode it asks for neither, and there is no second choice. */
  #managersChoice(group: readonly number[]): number | undefined {
    const wanted = group.reduce((sum, one) => sum + this.#bytes(one), 0);
    const fits = (node: number) =>
      (this.#free[node] ?? 0) >= wanted && group.every((one) => mayGo(one, node, this.#problem, this.#standing));
    const order = this.#managersOrder(group);
    return (this.#problem.services === undefined ? order : order.slice(0, 1)).find(fits);
  }

  /**
   * Nodes as the HA manager prefers them: what its rules want most first, then the node with the fewest services, then by name. Those
   * that belong together follow the first of them.
   */
  #managersOrder(group: readonly number[]): readonly number[] {
    const { nodes, guests, services: others } = this.#problem;
    const sent = this.#sent.get(group[0] ?? -1);
    if (sent !== undefined) return [sent];
    const services = nodes.map((_, node) => others?.[node] ?? 0);
    this.#at.forEach((node, other) => {
      const there = this.#sent.get(other) ?? node;
      if (guests[other]?.mover === 'manager') services[there] = (services[there] ?? 0) + 1;
    });
    const wish = (node: number, one = group[0]) => {
      const { managed, allowed } = guests[one ?? 0] ?? {};
      return managed === undefined ? (allowed?.[node] === true ? 0 : undefined) : managed.wish[node];
    };
    return nodes
      .flatMap((_, node) => (node !== this.#node && group.every((one) => wish(node, one) !== undefined) ? [node] : []))
      .filter((node) => group.every((one) => this.#ruledIn(one, node, group)))
      .sort(
        (a, b) =>
          (wish(b) ?? 0) - (wish(a) ?? 0) ||
          (services[a] ?? 0) - (services[b] ?? 0) ||
          ((nodes[a]?.name ?? '') < (nodes[b]?.name ?? '') ? -1 : 1),
      );
  }

  #placeManaged(guest: number): void {
    const group = this.#leavingTogether(guest);
    const sent = this.sentTo(guest);
    const target = this.#managersChoice(group);
    if (sent !== undefined) for (const one of group) this.#sent.set(one, sent);
    for (const one of group)
      if (target !== undefined) this.#put(one, target);
      else if (!this.unplaced.includes(one)) this.unplaced.push(one);
  }

  /** The guest and all on the same node that the rules tie to it, directly or by others. */
  #leavingTogether(guest: number): readonly number[] {
    const group = [guest];
    for (const member of group)
      for (const { kind, guests } of this.#problem.rules ?? [])
        if (kind === 'together' && guests.includes(member))
          group.push(...guests.filter((one) => this.#at[one] === this.#node && !group.includes(one)));
    return group;
  }

  /** Whether no rule with a guest outside of the group forbids that node. */
  #ruledIn(guest: number, node: number, group: readonly number[]): boolean {
    return (this.#problem.rules ?? []).every(({ kind, guests }) => {
      if (!guests.includes(guest)) return true;
      const others = guests.filter((one) => one !== guest && (kind === 'apart' || !group.includes(one)));
      return others.every((one) => {
        const there = this.#sent.get(one) ?? this.#at[one];
        return group.includes(one) ? kind !== 'apart' : kind === 'apart' ? there !== node : there === node;
      });
    });
  }

  #best(guest: number, fit: Fit): number | undefined {
    let best: number | undefined;
    let bestRank = 0;
    let bestRoom = 0;
    const bytes = this.#bytes(guest);
    for (let node = 0; node < this.#free.length; node++) {
      const room = (this.#free[node] ?? 0) - bytes;
      if (room < 0 || node === this.#node || !mayGo(guest, node, this.#problem, this.#standing)) continue;
      const rank = this.#rank(node);
      const better = best === undefined || rank < bestRank || (rank === bestRank && (fit === 'even' ? room > bestRoom : room < bestRoom));
      if (better) [best, bestRank, bestRoom] = [node, rank, room];
    }
    return best;
  }

  #targets(guest: number): number[] {
    return this.#problem.nodes.flatMap((_, node) =>
      node !== this.#node && (this.#free[node] ?? 0) >= this.#bytes(guest) && mayGo(guest, node, this.#problem, this.#standing)
        ? [node]
        : [],
    );
  }

  /**
   * Makes one change that gives `homeless` a place, the cheapest there is; when there is none, the one that comes nearest to it.
   * @param only the one node that it can go to, where it is not for us to choose @returns whether anything was changed
   */
  #shift(homeless: number, only?: number): boolean {
    const wanted = this.#bytes(homeless);
    const living = this.#living();
    let best: { readonly enough: boolean; readonly gain: number; readonly cost: number; readonly moves: readonly Move[] } | undefined;
    const offer = (gain: number, missing: number, cost: number, moves: () => readonly Move[]) => {
      const enough = gain >= missing;
      const better =
        best === undefined ||
        (enough !== best.enough
          ? enough
          : enough
            ? cost < best.cost
            : gain - missing > best.gain || (gain - missing === best.gain && cost < best.cost));
      if (better) best = { enough, gain: gain - missing, cost, moves: moves() };
    };
    for (let here = 0; here < this.#free.length; here++) {
      if (here === this.#node || (only !== undefined && here !== only)) continue;
      if (!mayGo(homeless, here, this.#problem, this.#standing)) continue;
      const missing = wanted - (this.#free[here] ?? 0);
      for (const guest of living[here] ?? []) {
        const bytes = this.#bytes(guest);
        for (let there = 0; there < this.#free.length; there++) {
          if (there === here || there === this.#node || !this.#mayShift(guest, there)) continue;
          const room = this.#free[there] ?? 0;
          if (room >= bytes) {
            offer(bytes, missing, this.#cost(guest), () => [{ guest, from: here, to: there }]);
            continue;
          }
          for (const other of living[there] ?? []) {
            const gain = bytes - this.#bytes(other);
            if (gain <= 0 || gain > room || (best?.enough === true && gain < missing)) continue;
            if (!this.#mayShift(other, here)) continue;
            offer(gain, missing, this.#cost(guest) + this.#cost(other), () => [
              { guest, from: here, to: there },
              { guest: other, from: there, to: here },
            ]);
          }
        }
      }
    }
    // Short of what is wanted, only a change that makes the largest hole larger leads anywhere.
    if (best === undefined || (!best.enough && best.gain <= -this.#missing(homeless, only))) return false;
    for (const { guest, to } of best.moves) this.#put(guest, to);
    return true;
  }

  /** Who makes room and goes home afterwards must be able to do so: not from a node that was patched to one that was not. */
  #mayShift(guest: number, to: number): boolean {
    if (!mayGo(guest, to, this.#problem, this.#standing)) return false;
    const { returns, oneWay } = this.#problem;
    const { patched, at } = this.#standing;
    return !returns || !oneWay || at[guest] === this.#node || patched[to] === patched[at[guest] ?? to];
  }

  #missing(homeless: number, only?: number): number {
    const rooms = this.#free.filter(
      (_, node) => node !== this.#node && (only === undefined || node === only) && mayGo(homeless, node, this.#problem, this.#standing),
    );
    return this.#bytes(homeless) - Math.max(0, ...rooms);
  }

  /** Guests that we may move now, by the node they shall be on. */
  #living(): readonly (readonly number[])[] {
    const living: number[][] = this.#free.map(() => []);
    this.#at.forEach((node, guest) => {
      if (node !== this.#node && this.#mayBeSent(guest)) living[node]?.push(guest);
    });
    return living;
  }

  /** Whoever leaves the node anyway, and whoever gives room to others. */
  #mayBeSent(guest: number): boolean {
    if (this.#standing.at[guest] === this.#node) return this.#problem.guests[guest]?.mover === 'us';
    return givesRoom(guest, this.#problem);
  }

  /** Who leaves the node anyway may as well go elsewhere. */
  #cost(guest: number): number {
    return this.#standing.at[guest] === this.#node ? 0 : this.#bytes(guest);
  }

  #put(guest: number, to: number): void {
    const from = this.#at[guest] ?? to;
    const bytes = this.#bytes(guest);
    this.#free[from] = (this.#free[from] ?? 0) + bytes;
    this.#free[to] = (this.#free[to] ?? 0) - bytes;
    this.#at[guest] = to;
  }

  #bytes(guest: number): number {
    return bytesOf(guest, this.#problem);
  }
}
