/** No entry is longer; patterns are not tried on what is. */
export const LONGEST_LINE = 4_096;
const SAMPLE_LINES = 400;
const COMMENT = /^\s*(#|;|\/\/)/;

export interface NumberedLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** The lines of a list without their ends, and without an array of all of them. */
export function* linesOf(text: string): Generator<NumberedLine> {
  // Windows' editors begin a file with a byte order mark.
  let from = text.startsWith('\ufeff') ? 1 : 0;
  for (let line = 1; from < text.length; line++) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    yield { line, text: text.slice(from, to).trimEnd() };
    from = to + 1;
  }
}

/** The first lines that say something, by which a format is told. */
export function sampleOf(text: string): NumberedLine[] {
  const sample: NumberedLine[] = [];
  for (const line of linesOf(text)) {
    const { length } = line.text;
    if (length <= LONGEST_LINE && line.text.trim() !== '' && !COMMENT.test(line.text)) sample.push(line);
    if (sample.length === SAMPLE_LINES) break;
  }
  return sample;
}
