import type { FlowBatch, TextColumns } from '../../flow/index.ts';
import type { Scheme } from '../categories/scheme.ts';

const CODES = 65_537;
/** Stands in a table for a name that was not looked up yet; codes of categories are few. */
const NOT_YET = 0xffff;

/** Codes of categories by those of services and applications. */
export class CategoryCodes {
  private readonly ofApplication = new Uint16Array(CODES);
  private readonly ofService = new Uint16Array(CODES);
  private readonly scheme: Scheme;
  private readonly texts: TextColumns;

  constructor(scheme: Scheme, texts: TextColumns) {
    this.scheme = scheme;
    this.texts = texts;
  }

  /** The dictionaries began anew. */
  forget(): void {
    this.ofApplication.fill(NOT_YET);
    this.ofService.fill(NOT_YET);
    this.ofApplication[0] = this.code(this.scheme.unknown);
    this.ofService[0] = 0;
  }

  of(batch: FlowBatch, application: number, service: number): number {
    if (service !== 0) {
      const known = this.ofService[service]!;
      const category = known === NOT_YET ? this.learnService(batch, service) : known;
      if (category !== 0) return category;
      if (application === 0) return this.code(this.scheme.other);
    }
    const known = this.ofApplication[application]!;
    return known === NOT_YET ? this.learnApplication(batch, application) : known;
  }

  private learnService(batch: FlowBatch, service: number): number {
    const category = this.code(this.scheme.ofService.get(batch.textsOf('service')[service] ?? '') ?? '');
    this.ofService[service] = category;
    return category;
  }

  private learnApplication(batch: FlowBatch, application: number): number {
    const { ofApplication, other } = this.scheme;
    const category = this.code(ofApplication.get(batch.textsOf('application')[application] ?? '') ?? other);
    this.ofApplication[application] = category;
    return category;
  }

  private code(category: string): number {
    return this.texts.of('category').code(category);
  }
}
