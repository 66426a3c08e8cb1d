import type { FlowBatch, TextColumns } from '../../flow/index.ts';
import type { Said } from './vocabulary.ts';

/** Codes of a dictionary, with the one of its overflow. */
const CODES = 65_537;
const JUDGED = 1;

/**
 * What the texts of a column say, by their code: each is judged when a row first has it, so that a row costs a look into arrays. Of a process it depends
 * on the side that it has; of all other words both are alike.
 */
export class WordCodes {
  /** Codes of the column `application`, where the process is the server, and where it is the client. */
  readonly asServer = new Uint32Array(CODES);
  readonly asClient = new Uint32Array(CODES);
  /** Codes of the column `service`. */
  readonly service = new Uint32Array(CODES);
  private readonly judged = new Uint8Array(CODES);
  private readonly column: string;
  private readonly judge: (text: string) => readonly Said[];
  private readonly texts: TextColumns;

  constructor(column: string, judge: (text: string) => readonly Said[], texts: TextColumns) {
    this.column = column;
    this.judge = judge;
    this.texts = texts;
  }

  /** The dictionaries began anew. */
  forget(): void {
    this.judged.fill(0);
  }

  /** Makes sure that what this code of the batch says is in the arrays. */
  look(batch: FlowBatch, code: number): void {
    if (this.judged[code] !== JUDGED) this.learn(batch, code);
  }

  private learn(batch: FlowBatch, code: number): void {
    const said = this.judge(batch.textsOf(this.column)[code] ?? '');
    const named = (side: 'server' | 'client') =>
      said.find((s) => s.application !== '' && (s.side ?? side) === side)?.application;
    const codeOf = (column: string, text: string | undefined) => (text ? this.texts.of(column).code(text) : 0);
    this.asServer[code] = codeOf('application', named('server'));
    this.asClient[code] = codeOf('application', named('client'));
    this.service[code] = codeOf('service', said.find((s) => s.service !== '')?.service);
    this.judged[code] = JUDGED;
  }
}
