/** The one place where argv becomes shell text: words that any POSIX shell reads back as exactly these strings. */

const PLAIN = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/;

/**
 * One word. Plain words stay as they are, so that a process list on the other host can be read.
 * @throws TypeError on a NUL byte, which no argument can carry
 */
export function posixQuote(word: string): string {
  if (word.includes('\0')) throw new TypeError('an argument cannot contain a NUL byte');
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** All words of a command, with blanks between. @throws TypeError as `posixQuote` */
export function posixQuoteAll(words: readonly string[]): string {
  return words.map(posixQuote).join(' ');
}
