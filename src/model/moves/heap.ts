/** Hands out the least of what was put in; equals in the order in which they came. */
export class Heap<T> {
  readonly #compare: (one: T, other: T) => number;
  readonly #items: { readonly item: T; readonly order: number }[] = [];
  #count = 0;

  constructor(compare: (one: T, other: T) => number) {
    this.#compare = compare;
  }

  push(item: T): void {
    const items = this.#items;
    items.push({ item, order: this.#count++ });
    for (let at = items.length - 1; at > 0;) {
      const up = (at - 1) >> 1;
      if (!this.#before(at, up)) break;
      this.#swap(at, up);
      at = up;
    }
  }

  pop(): T | undefined {
    const items = this.#items;
    const [first] = items;
    const end = items.pop();
    if (first === undefined || end === undefined) return undefined;
    if (items.length === 0) return first.item;
    items[0] = end;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const next = left + 1 < items.length && this.#before(left + 1, left) ? left + 1 : left;
      if (next >= items.length || !this.#before(next, at)) return first.item;
      this.#swap(next, at);
      at = next;
    }
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#items[a], this.#items[b]];
    if (one === undefined || other === undefined) return false;
    const order = this.#compare(one.item, other.item);
    return order < 0 || (order === 0 && one.order < other.order);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#items[a], this.#items[b]];
    if (one === undefined || other === undefined) return;
    [this.#items[a], this.#items[b]] = [other, one];
  }
}
