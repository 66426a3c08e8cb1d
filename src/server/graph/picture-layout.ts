import { textWidth } from './text-width.ts';

/** Text of pictures: where lines break, and what XML may hold. */
export const SIZE = 12;
/** Bold letters are wider, and so are those of some fonts that a reader may have. */
const ROOM = 1.1;
export const LINE = 17;
export const MARGIN = 12;
export const FONTS = 'DejaVu Sans, Verdana, sans-serif';

export interface TextLine {
  readonly text: string;
  readonly isBold?: boolean;
}

/** Lines no wider than so many pixels; a word that is longer by itself is broken. */
export function broken(text: string, width: number): string[] {
  const fits = (line: string) => textWidth(line, SIZE) * ROOM <= width;
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && fits(longer)) lines[lines.length - 1] = longer;
    else lines.push(...pieces(word, fits));
  }
  return lines;
}

function pieces(word: string, fits: (piece: string) => boolean): string[] {
  const found = [''];
  for (const letter of word) {
    const longer = found.at(-1) + letter;
    if (found.at(-1) === '' || fits(longer)) found[found.length - 1] = longer;
    else found.push(letter);
  }
  return found;
}

/** Lines as SVG below each other, from `top` on. */
export function textLines(lines: readonly TextLine[], top: number, ink: string): string {
  return lines
    .map(({ text, isBold = false }, i) => {
      const y = top + (i + 0.8) * LINE;
      const weight = isBold ? ' font-weight="bold"' : '';
      return `<text x="${MARGIN}" y="${y.toFixed(1)}" font-family="${FONTS}" font-size="${SIZE}"${weight} fill="${ink}">${escaped(text)}</text>`;
    })
    .join('');
}

/** As text of XML 1.0 (sections 2.2 and 2.4), which has no control characters. */
export function escaped(text: string): string {
  return printable(text).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** Without what no XML document may hold, not even escaped. Names of flows come from the network. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');
}
