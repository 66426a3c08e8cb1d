import type { FlowBatch } from '../../flow/index.ts';
import { type NamingSettings, NO_NAMING } from '../naming-settings.ts';
import { Doubts } from './doubts.ts';
import { FactCollector } from './fact-collector.ts';
import { FactMatcher } from './fact-matcher.ts';
import { Facts } from './facts.ts';
import { LateNames } from './late-names.ts';
import { LateRows } from './late-rows.ts';
import { LateVocabulary } from './late-vocabulary.ts';
import { LateWriter } from './late-writer.ts';

/** A batch that is in memory, and how many of its rows are whole. The same object in each turn, and another when the batch is filled anew. */
export interface HotRows {
  readonly batch: FlowBatch;
  rows(): number;
}

/** Rounds in which names follow from names that were found in the round before; what is left then waits for the next turn. */
const MOST_ROUNDS = 16;
/** New facts look for rows of before together, after this time, */
const LOOK_BACK_MS = 10_000;
/** or when they are as many. */
const LOOK_BACK_FACTS = 4_096;

/**
 * Names that follow from other flows: those that came later, through another thread, or from another exporter. One thread, which sees all rows in memory,
 * gives them turns. In each, facts are collected from new rows, then rows are compared with facts: new rows with all of them, others with those that
 * are new. A row's name is the strongest that any fact gives it, so that it does not depend on the order in which rows came, nor on who brought them.
 */
export class LateLabels {
  private readonly facts: Facts;
  private readonly collector: FactCollector;
  private readonly matcher: FactMatcher;
  private readonly writer: LateWriter;
  private readonly vocabulary: LateVocabulary;
  private readonly names: LateNames;
  private namesEntered = false;
  private turns = 0;
  private lookedBackMs = Number.NEGATIVE_INFINITY;
  private readonly known = new WeakMap<HotRows, LateRows>();

  constructor(naming: NamingSettings = NO_NAMING, capacity?: number) {
    const vocabulary = new LateVocabulary(naming);
    const names = new LateNames();
    this.vocabulary = vocabulary;
    this.names = names;
    this.facts = new Facts(capacity);
    const doubts = new Doubts(this.facts);
    this.writer = new LateWriter(names, vocabulary);
    this.collector = new FactCollector(this.facts, names, doubts);
    this.matcher = new FactMatcher(this.facts, names, this.writer, this.collector, vocabulary, doubts);
  }

  /** What it did so far, for counters. */
  get counts(): { readonly written: number; readonly facts: number; readonly dropped: number } {
    return {
      written: this.writer.written,
      facts: this.facts.size,
      dropped: this.facts.dropped + this.writer.unknown + this.names.refused,
    };
  }

  /**
   * All batches whose rows are in no segment yet; `nowMs` on any clock that nobody sets. `whole`: somebody reads the rows next. Else new facts may wait before
   * rows of before are compared with them: that is a look at each of these, for facts of which there are some every second.
   */
  turn(batches: Iterable<HotRows>, nowMs: number, whole = true): void {
    const parts = this.collected(batches, nowMs);
    const isDue = nowMs - this.lookedBackMs >= LOOK_BACK_MS || this.facts.unmatched >= LOOK_BACK_FACTS;
    if (!whole && !isDue) {
      for (const part of parts) this.matcher.matchNew(part);
      return;
    }
    this.lookedBackMs = nowMs;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const fresh = this.facts.turn();
      for (const part of parts) this.matcher.match(part, fresh);
      if (!this.facts.news) return;
    }
  }

  /** What can be named, with the facts of its new rows known. */
  private collected(batches: Iterable<HotRows>, nowMs: number): LateRows[] {
    const parts: LateRows[] = [];
    this.turns += 1;
    for (const hot of batches) {
      const part = this.known.get(hot) ?? new LateRows(hot.batch);
      this.known.set(hot, part);
      // It was held back meanwhile, and has missed facts.
      if (part.turn !== this.turns - 1) part.matched = 0;
      part.turn = this.turns;
      part.refresh(hot.rows());
      if (part.columns !== null) parts.push(part);
    }
    if (parts.length > 0 && !this.namesEntered) {
      this.names.enter(this.vocabulary.names());
      this.namesEntered = true;
    }
    this.facts.age(nowMs);
    const { several } = this.collector;
    for (const part of parts) this.collector.collect(part);
    // With a second vantage point rows of before tell more than they did.
    if (this.collector.several !== several)
      for (const part of parts) {
        part.collected = 0;
        this.collector.collect(part);
      }
    return parts;
  }
}
