/**
 * The journal of a run: one JSON object a line, each with the hash of the line before it. A line is on the disk before
 * the effect it announces begins. A last line that was torn by a power cut is dropped; any other damage refuses.
 */
import { createHash } from 'node:crypto';
import type { Entry, RunEvent } from '../model/event.ts';
import type { Clock } from '../ports/clock.ts';
import { StoreFull, type Store } from '../ports/store.ts';
import { apply, type RunState } from './state.ts';

/** Raised when an entry means something else than before. A journal of another version refuses to resume. */
const journalVersion = 1;

export class Journal {
  #state: RunState;
  #seq: number;
  #hash: string;
  #last: Promise<void> = Promise.resolve();
  readonly #listeners: ((entry: Entry, state: RunState) => void)[] = [];

  private constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    read: ReadJournal,
  ) {
    this.#state = read.state;
    this.#seq = read.entries.length;
    this.#hash = read.lastHash;
  }

  /** Begins a journal. @param began its first event; durable when this resolves @throws NoRoomToBegin */
  static async begin(store: Store, clock: Clock, began: RunEvent & { type: 'run.began' }): Promise<Journal> {
    const { line, hash } = sealed({ v: journalVersion, seq: 0, at: clock.now(), event: began }, '');
    try {
      await store.append(journalPath(began.run), line);
    } catch (error) {
      if (error instanceof StoreFull) throw new NoRoomToBegin(error.message, { cause: error });
      throw error;
    }
    return new Journal(store, clock, { ...parseJournal(began.run, line), lastHash: hash });
  }

  /** Takes a journal up again. @throws JournalDamaged when it cannot be trusted */
  static async open(store: Store, clock: Clock, run: string): Promise<Journal> {
    const text = await store.read(journalPath(run));
    if (text === undefined) throw new JournalDamaged(run, 'it is missing');
    const read = parseJournal(run, text);
    // A torn tail must go before anything is appended behind it.
    if (read.tornBytes > 0) await store.write(journalPath(run), text.slice(0, text.length - read.tornBytes));
    return new Journal(store, clock, read);
  }

  get state(): RunState {
    return this.#state;
  }

  /** Called for every entry after it is durable. For what people see; must not throw. */
  listen(listener: (entry: Entry, state: RunState) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Appends one event, after those recorded before it. Durable when this resolves.
   * @throws StoreFull when it is not durable; then what the event announces must not happen
   */
  record(event: RunEvent): Promise<void> {
    // One after the other: every line carries the hash of the one before it, and steps of a wave record side by side.
    const written = this.#last.then(() => this.#write(event));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #write(event: RunEvent): Promise<void> {
    const entry: Entry = { v: journalVersion, seq: this.#seq, at: this.clock.now(), event };
    const next = apply(this.#state, entry);
    const { line, hash } = sealed(entry, this.#hash);
    await this.store.append(journalPath(this.#state.run), line);
    this.#state = next;
    this.#seq += 1;
    this.#hash = hash;
    for (const listener of this.#listeners) listener(entry, next);
  }
}

export interface ReadJournal {
  readonly state: RunState;
  readonly entries: readonly Entry[];
  readonly lastHash: string;
  /** Characters of a last line that was never finished. */
  readonly tornBytes: number;
}

/** @throws JournalDamaged naming run and line */
export function parseJournal(run: string, text: string): ReadJournal {
  const end = text.lastIndexOf('\n') + 1;
  const known = lastRead?.run === run && text.startsWith(lastRead.text) ? lastRead : undefined;
  const entries: Entry[] = [...(known?.entries ?? [])];
  let state = known?.state;
  let lastHash = known?.lastHash ?? '';
  for (const line of text
    .slice(known?.text.length ?? 0, end)
    .split('\n')
    .slice(0, -1)) {
    const index = entries.length;
    try {
      const entry = parseLine(index, line, lastHash);
      state = apply(state, entry);
      entries.push(entry);
    } catch (error) {
      const why = error instanceof Damage ? error.message : `contradicts the lines before it (${(error as Error).message})`;
      throw new JournalDamaged(run, `line ${index + 1} ${why}`, state);
    }
    lastHash = hashOf(line);
  }
  if (state === undefined) throw new JournalDamaged(run, 'it has no beginning');
  lastRead = { run, text: text.slice(0, end), state, entries, lastHash };
  return { state, entries, lastHash, tornBytes: text.length - end };
}

/** What was read last, up to its last whole line. A process looks into the same journal several times, and it only grows. */
let lastRead: (Omit<ReadJournal, 'tornBytes'> & { readonly run: string; readonly text: string }) | undefined;

/** The journal cannot be trusted, so nothing is done on its word. */
export class JournalDamaged extends Error {
  override readonly name = 'JournalDamaged';
  constructor(
    readonly run: string,
    readonly detail: string,
    /** What the lines before the damage add up to. Good enough to look at the nodes it names, not to act on. */
    readonly before?: RunState | undefined,
  ) {
    super(`the journal of run ${run} cannot be used: ${detail}`);
  }
}

/** The disk is full, and no run has begun: there is nothing to go on with. */
export class NoRoomToBegin extends StoreFull {}

export function journalPath(run: string): string {
  return `runs/${run}/journal.jsonl`;
}

/** What is wrong with one line; the journal's reader adds which. */
class Damage extends Error {}

/** @throws Damage */
function parseLine(index: number, line: string, before: string): Entry {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new Damage('is not JSON');
  }
  const entry = parsed as Partial<Entry> & { before?: string };
  if (entry.v !== journalVersion)
    throw new Damage(
      `has version ${String(entry.v)}, this proxroll reads version ${journalVersion}; resume it with the release that wrote it, or abandon it there`,
    );
  if (entry.seq !== index || entry.before !== before) throw new Damage('does not follow the line before it');
  if (typeof entry.at !== 'number' || typeof entry.event !== 'object') throw new Damage('has no event');
  return { v: journalVersion, seq: index, at: entry.at, event: entry.event };
}

function sealed(entry: Entry, before: string): { line: string; hash: string } {
  const line = JSON.stringify({ v: entry.v, seq: entry.seq, at: entry.at, before, event: entry.event });
  return { line: `${line}\n`, hash: hashOf(line) };
}

/** Half a SHA-256: enough to show a changed line, short enough to read. */
function hashOf(line: string): string {
  return createHash('sha256').update(line).digest('hex').slice(0, 32);
}
