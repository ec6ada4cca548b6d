/** One output stream of a remote command: what a login script printed before the mark is dropped, the rest is the command's. */
export class MarkedOutput {
  readonly #line: Buffer;
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #held = 0;

  constructor(mark: string, maxBytes: number) {
    this.#line = Buffer.from(`${mark}\n`);
    this.#maxBytes = maxBytes;
  }

  /** @returns false when there is now more than allowed; what came is dropped */
  push(chunk: Buffer): boolean {
    this.#held += chunk.length;
    if (this.#held > this.#maxBytes) return false;
    this.#chunks.push(chunk);
    return true;
  }

  /** @returns what follows the mark, or `undefined` when it never came: then the command was not started */
  afterMark(): string | undefined {
    const bytes = this.#joined();
    const at = bytes.indexOf(this.#line);
    return at < 0 ? undefined : bytes.subarray(at + this.#line.length).toString('utf8');
  }

  /** All of it, for a message when there is no mark. */
  raw(): string {
    return this.#joined().toString('utf8');
  }

  #joined(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
