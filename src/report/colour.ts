/** Colour for terminals, and nothing for everything else. Words carry the meaning; colour only helps the eye. */

export type Hue = 'red' | 'yellow' | 'green' | 'cyan' | 'bold' | 'dim';

const codes: Readonly<Record<Hue, readonly [on: number, off: number]>> = {
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  cyan: [36, 39],
  bold: [1, 22],
  dim: [2, 22],
};

export type Paint = (hue: Hue, text: string) => string;

export function painter(colour: boolean): Paint {
  return (hue, text) => (colour ? `\u001b[${codes[hue][0]}m${text}\u001b[${codes[hue][1]}m` : text);
}
