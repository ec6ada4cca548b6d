/** Reads what `batchScript` prints, piece by piece as it arrives. Works on bytes: lengths are bytes, and a piece may end inside a character. */

export interface Frame {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The other side printed what is not a frame, or more than allowed: nothing after that can be told apart. */
export class BrokenFrame extends Error {
  override readonly name = 'BrokenFrame';
}

// A header is the mark and three numbers; a line longer than this is none.
const MAX_HEADER_BYTES = 256;
const MAX_GREETING_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export class BatchFrames {
  readonly #mark: Buffer;
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes without which nothing new can be said, so that a large frame is joined once and not at every piece. */
  #needed = 1;
  #begun = false;

  /** @param maxBytes of stdout and of stderr each */
  constructor(mark: string, maxBytes: number) {
    this.#mark = Buffer.from(mark);
    this.#maxBytes = maxBytes;
  }

  /** Whether the script was started at all. */
  get begun(): boolean {
    return this.#begun;
  }

  /** @returns the frames that this piece completed @throws BrokenFrame */
  push(chunk: Buffer): readonly Frame[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return [];
    let rest: Buffer = Buffer.concat(this.#chunks);
    if (!this.#begun) rest = this.#dropGreeting(rest);
    const frames: Frame[] = [];
    while (this.#begun) {
      const next = this.#take(rest);
      if (next === undefined) break;
      frames.push(next.frame);
      rest = next.rest;
    }
    this.#chunks = [rest];
    this.#held = rest.length;
    return frames;
  }

  #dropGreeting(bytes: Buffer): Buffer {
    const line = Buffer.concat([this.#mark, Buffer.of(NEWLINE)]);
    const at = bytes.indexOf(line);
    if (at >= 0) {
      this.#begun = true;
      return bytes.subarray(at + line.length);
    }
    if (bytes.length > MAX_GREETING_BYTES) throw new BrokenFrame(`more than ${MAX_GREETING_BYTES} bytes before the first frame`);
    this.#needed = bytes.length + 1;
    return bytes;
  }

  #take(bytes: Buffer): { frame: Frame; rest: Buffer } | undefined {
    const end = bytes.indexOf(NEWLINE);
    if (end < 0 || end > MAX_HEADER_BYTES) {
      if (bytes.length > MAX_HEADER_BYTES) throw new BrokenFrame('no frame header where one must be');
      this.#needed = bytes.length + 1;
      return undefined;
    }
    const { exitCode, out, err } = this.#header(bytes.subarray(0, end).toString('latin1'));
    const outAt = end + 1;
    const errAt = outAt + out;
    const next = errAt + err;
    if (bytes.length < next) {
      this.#needed = next;
      return undefined;
    }
    this.#needed = 1;
    const frame = { exitCode, stdout: bytes.subarray(outAt, errAt).toString('utf8'), stderr: bytes.subarray(errAt, next).toString('utf8') };
    return { frame, rest: bytes.subarray(next) };
  }

  #header(line: string): { exitCode: number; out: number; err: number } {
    const [mark, ...numbers] = line.split(' ');
    const [exitCode, out, err] = numbers.map((word) => (/^\d+$/.test(word) ? Number(word) : NaN));
    if (mark !== this.#mark.toString() || numbers.length !== 3 || exitCode === undefined || out === undefined || err === undefined)
      throw new BrokenFrame('no frame header where one must be');
    if (!Number.isSafeInteger(exitCode + out + err)) throw new BrokenFrame(`a frame header with odd numbers: ${numbers.join(' ')}`);
    if (out > this.#maxBytes || err > this.#maxBytes) throw new BrokenFrame(`printed more than ${this.#maxBytes} bytes`);
    return { exitCode, out, err };
  }
}
