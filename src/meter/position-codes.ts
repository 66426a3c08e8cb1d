import type { TextColumns } from '../flow/index.ts';

/** Positions whose codes are remembered. More of them are those of a sender that makes texts up, which must not stay here. */
const CACHED = 8_192;

/** Codes of a text column by the position of the text in a table of the meter, where another text takes its place when no flow has it any more. */
export class PositionCodes {
  private readonly texts: TextColumns;
  private readonly column: string;
  private readonly known: string[] = [];
  private readonly codes: number[] = [];

  constructor(texts: TextColumns, column: string) {
    this.texts = texts;
    this.column = column;
  }

  /** The codes of before are of no use any more. */
  forget(): void {
    this.known.length = 0;
  }

  code(table: readonly string[], position: number): number {
    const text = table[position]!;
    if (position >= CACHED) return this.texts.of(this.column).code(text);
    if (this.known[position] !== text) {
      this.known[position] = text;
      this.codes[position] = this.texts.of(this.column).code(text);
    }
    return this.codes[position]!;
  }
}
