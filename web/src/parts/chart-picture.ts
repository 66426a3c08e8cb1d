import type { QueryAnswer } from '../../../src/query/index.ts';
import { qualityLine } from '../../../src/truth/index.ts';

const MARGIN = 16;
const LINE = 18;
const FONT = '13px system-ui, sans-serif';

interface PictureText {
  readonly title: string;
  /** Range and filter. */
  readonly about: string;
  readonly quality: QueryAnswer['quality'];
}

/** A drawn chart as PNG, with what it is above and what it is worth below: a picture goes where nobody can ask. Null where nothing is drawn yet. */
export async function chartPicture(place: Element, { title, about, quality }: PictureText): Promise<Blob | null> {
  const layers = [...place.querySelectorAll('canvas')];
  const [first] = layers;
  if (first === undefined) return null;
  const scale = first.width / first.clientWidth;
  const width = first.clientWidth + 2 * MARGIN;
  const canvas = document.createElement('canvas');
  const ink = canvas.getContext('2d')!;
  ink.font = FONT;
  const lines = (text: string) => wrapped(text, width - 2 * MARGIN, (part) => ink.measureText(part).width);
  const [of, worth] = [lines(about), lines(qualityLine(quality))];
  const top = MARGIN + (1 + of.length) * LINE;
  canvas.width = width * scale;
  canvas.height = (top + first.clientHeight + worth.length * LINE + 2 * MARGIN) * scale;
  ink.scale(scale, scale);
  const style = getComputedStyle(document.body);
  ink.fillStyle = style.backgroundColor;
  ink.fillRect(0, 0, width, canvas.height);
  for (const layer of layers) ink.drawImage(layer, MARGIN, top, first.clientWidth, first.clientHeight);
  ink.fillStyle = style.color;
  ink.font = `bold ${FONT}`;
  ink.fillText(title, MARGIN, MARGIN + 4);
  ink.font = FONT;
  of.forEach((line, i) => {
    ink.fillText(line, MARGIN, MARGIN + 4 + (i + 1) * LINE);
  });
  worth.forEach((line, i) => {
    ink.fillText(line, MARGIN, top + first.clientHeight + MARGIN + (i + 0.5) * LINE);
  });
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}

/** Lines no wider than `width`, broken between words. */
export function wrapped(text: string, width: number, widthOf: (text: string) => number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
