/** Plain text in lines of a given width. */

/**
 * Text from outside (an error of ssh, a hold file, a guest's name) as part of one line: no line breaks, and nothing a
 * terminal would obey.
 */
export function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ').trim();
}

/** A figure and its unit are one word: `6 min`, `24 GiB`, `88 %`. */
const betweenWords = / +(?<!\d +(?=(?:s|ms|min|h|d|%|B|[KMGTP]iB)(?![A-Za-z0-9])))/;

/** Breaks between words; a word that is longer than a line keeps a line of its own, so that a command can still be copied. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of oneLine(text).split(betweenWords)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** `head` on the first line, the text behind it, and every further line under the text. */
export function hanging(head: string, text: string, width: number): readonly string[] {
  const indent = ' '.repeat(head.length);
  return wrapped(text, Math.max(20, width - head.length)).map((line, index) => `${index === 0 ? head : indent}${line}`);
}

/** Cut to at most `width` characters, with a mark where something is missing. */
export function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 1 ? text.slice(0, Math.max(0, width)) : `${text.slice(0, width - 1)}…`;
}

/** `1 guest`, `3 guests`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
