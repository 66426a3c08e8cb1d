/** Letters by their width in DejaVu Sans, hundredths of the size of the font. */
const WIDTHS: readonly (readonly [number, string])[] = [
  [28, 'ijlI|'],
  [32, " .,'`"],
  [36, 'frt:;/\\-[]'],
  [40, '!()'],
  [54, 'csz_*?"'],
  [60, 'aekvxyFPTY'],
  [64, 'bdghnopqu0123456789ELSZ$'],
  [70, 'ABKRVXC&'],
  [78, 'DGHNOQU#'],
  [84, 'w+=<>~M'],
  [99, 'mW%@'],
];
const WIDTH_OF = new Map(WIDTHS.flatMap(([width, letters]) => [...letters].map((letter) => [letter, width / 100])));
const OTHER = 0.65;
/** From here on letters are as wide as high: those of China, Japan and Korea, and pictures. */
const WIDE_FROM = 0x2e80;

/** The pixels that a text of this size is wide, about. There is no canvas here that could measure it. */
export function textWidth(text: string, size: number): number {
  let sum = 0;
  for (const letter of text) sum += WIDTH_OF.get(letter) ?? (letter.codePointAt(0)! >= WIDE_FROM ? 1 : OTHER);
  return sum * size;
}
