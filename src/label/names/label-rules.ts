import {
  type FilterSets,
  filterToPredicate,
  parseFilter,
  type RowPredicate,
  referencedColumns,
} from '../../filter/index.ts';
import { enumCode, type FlowBatch, findColumn, storedColumnsOf, type TextColumns } from '../../flow/index.ts';
import type { LabelRule } from '../naming-settings.ts';
import type { CategoryCodes } from './category-codes.ts';
import type { NameArrays } from './name-columns.ts';

const RULE = enumCode('application_evidence', 'rule');

interface Compiled {
  readonly rule: LabelRule;
  readonly bind: (batch: FlowBatch) => RowPredicate;
  readonly texts: readonly string[];
}

/** Codes of what a rule writes; 0: nothing. */
interface Written {
  readonly application: number;
  readonly service: number;
  readonly category: number;
}

/**
 * The rules of the configuration: the first whose filter holds for a row has the last word on it, because it is the operator's. They see the row with all
 * that was written before them.
 */
export class LabelRules {
  private readonly compiled: readonly Compiled[];
  private readonly categories: CategoryCodes;
  private readonly textColumns: readonly string[];
  private written: readonly Written[] = [];
  private predicates: readonly RowPredicate[] = [];
  private seen: readonly (readonly string[])[] = [];

  constructor(rules: readonly LabelRule[], categories: CategoryCodes, sets: FilterSets) {
    this.compiled = rules.map((rule) => {
      const node = parseFilter(rule.filter, { sets });
      const stored = [...referencedColumns(node)].flatMap(storedColumnsOf);
      const texts = stored.filter((name) => findColumn(name)?.type === 'text');
      return { rule, bind: filterToPredicate(node), texts };
    });
    this.textColumns = [...new Set(this.compiled.flatMap((c) => c.texts))];
    this.categories = categories;
  }

  get any(): boolean {
    return this.compiled.length > 0;
  }

  learnCodes(texts: TextColumns): void {
    const code = (column: string, text: string | undefined) => (text ? texts.of(column).code(text) : 0);
    this.written = this.compiled.map(({ rule }) => ({
      application: code('application', rule.application),
      service: code('service', rule.service),
      category: code('category', rule.category),
    }));
  }

  /** The batch, or what is live of it, is another. */
  bind(batch: FlowBatch): void {
    this.seen = this.textColumns.map((name) => batch.textsOf(name));
    this.predicates = this.compiled.map(({ bind }) => bind(batch));
  }

  rows(batch: FlowBatch, arrays: NameArrays, from: number, to: number): void {
    // Texts that are new since are in the list that the predicates have once it was asked for again; a list that was forgotten meanwhile is another.
    for (let i = 0; i < this.textColumns.length; i++)
      if (batch.textsOf(this.textColumns[i]!) !== this.seen[i]) this.bind(batch);
    const { predicates, written } = this;
    for (let row = from; row < to; row++) {
      for (let i = 0; i < predicates.length; i++) {
        if (!predicates[i]!(row)) continue;
        this.write(batch, arrays, written[i]!, row);
        break;
      }
    }
  }

  private write(batch: FlowBatch, arrays: NameArrays, written: Written, row: number): void {
    const { application, applicationEvidence, service, serviceEvidence, category } = arrays;
    if (written.application !== 0) {
      application[row] = written.application;
      applicationEvidence[row] = RULE;
    }
    if (written.service !== 0 && service !== null) {
      service[row] = written.service;
      serviceEvidence[row] = RULE;
    }
    category[row] =
      written.category || this.categories.of(batch, application[row]!, service === null ? 0 : service[row]!);
  }
}
