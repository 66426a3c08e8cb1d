import type { HotColumns } from './hot-columns.ts';
import type { LateNames } from './late-names.ts';
import { LATE, type LateRows } from './late-rows.ts';
import type { LateVocabulary } from './late-vocabulary.ts';

/**
 * Writes names to rows in place, while others may read them: the evidence last, so that a name whose evidence is there is there itself. What a thread that
 * reads meanwhile sees of a row is the name of before or that of now.
 */
export class LateWriter {
  /** Rows that got a name, or a better one. */
  written = 0;
  /** Names that the dictionary of a thread has no room for. */
  unknown = 0;
  private readonly names: LateNames;
  private readonly vocabulary: LateVocabulary;

  constructor(names: LateNames, vocabulary: LateVocabulary) {
    this.names = names;
    this.vocabulary = vocabulary;
  }

  /** What the row came with stays where it is at least as sure; it comes back where the name is ''. */
  application(part: LateRows, columns: HotColumns, row: number, name: string, evidence: number, byRule: boolean): void {
    const isOwn = name === '' || evidence <= part.evidenceOf(columns, row);
    const code = isOwn ? part.applicationOf(columns, row) : this.codeOf(part, 'application', name);
    if (code === undefined) return;
    const wanted = isOwn ? part.evidenceOf(columns, row) : evidence;
    if (!isOwn) part.keepOwn(columns, row);
    if (byRule && !isOwn) part.setLate(row, LATE.byRule);
    else part.clearLate(row, LATE.byRule);
    if (code === columns.application[row] && wanted === columns.evidence[row]) return;
    this.keepCategory(part, columns, row);
    columns.application[row] = code;
    this.category(part, columns, row);
    columns.evidence[row] = wanted;
    this.written += 1;
  }

  /** Of two names with the same evidence the one that sorts last stays, whichever came first. With `anew` it takes the place of any that was written late with the same evidence; '' takes it away. */
  service(part: LateRows, columns: HotColumns, row: number, name: string, evidence: number, anew: boolean): boolean {
    const { service, serviceEvidence } = columns;
    if (service === null || serviceEvidence === null) return false;
    const now = serviceEvidence[row]!;
    if (evidence < now) return false;
    const before = part.batch.textsOf('service')[service[row]!] ?? '';
    if (evidence === now && (!part.isLate(row, LATE.service) || (anew ? before === name : before >= name)))
      return false;
    if (name === '' && before === '') return false;
    const code = this.codeOf(part, 'service', name);
    if (code === undefined) return false;
    this.keepCategory(part, columns, row);
    service[row] = code;
    this.category(part, columns, row);
    serviceEvidence[row] = name === '' ? 0 : evidence;
    part.setLate(row, LATE.service);
    this.written += 1;
    return true;
  }

  /** Before a name is written: what a rule of the user, or the exporter, says of the category is not undone by it. */
  private keepCategory(part: LateRows, columns: HotColumns, row: number): void {
    if (columns.category === null || part.isLate(row, LATE.categorySeen)) return;
    part.setLate(row, LATE.categorySeen);
    const text = part.batch.textsOf('category')[columns.category[row]!] ?? '';
    if (text !== '' && text !== this.categoryOf(part, columns, row)) part.setLate(row, LATE.givenCategory);
  }

  private category(part: LateRows, columns: HotColumns, row: number): void {
    if (columns.category === null || part.isLate(row, LATE.givenCategory)) return;
    const code = this.names.codeIn(part.batch, 'category', this.categoryOf(part, columns, row));
    if (code !== undefined) columns.category[row] = code;
  }

  /** The category of the names that the row has. */
  private categoryOf({ batch }: LateRows, { application, service }: HotColumns, row: number): string {
    return this.vocabulary.category(
      batch.textsOf('application')[application[row]!] ?? '',
      (service && batch.textsOf('service')[service[row]!]) ?? '',
    );
  }

  private codeOf({ batch }: LateRows, column: string, text: string): number | undefined {
    const code = this.names.codeIn(batch, column, text);
    if (code === undefined) this.unknown += 1;
    return code;
  }
}
