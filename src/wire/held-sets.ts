import type { ExportHeader } from './export-header.ts';
import type { TemplateBudget } from './template-budget.ts';

/** A data set that came before its template: its records, and what decoding needs of the message that brought it. */
export interface HeldSet {
  readonly templateId: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly format: number;
  readonly domain: number;
  readonly exportMs: number;
  readonly uptimeMs: number;
  readonly receivedMs: number;
}

/** One exporter's data that waits: some 5,000 records. */
const MAX_SESSION_BYTES = 256 << 10;
/** A template that did not come in this time does not come for this data: exporters repeat theirs every minute to every half hour. */
const PATIENCE_MS = 600_000;
/** What a set costs beside its bytes. */
const OVERHEAD_BYTES = 256;

/** Sets that wait for their template: the oldest first. Bounded in bytes and time; what is given up is counted by the caller. */
export class HeldSets {
  private sets: HeldSet[] = [];
  private bytes = 0;
  private budget: TemplateBudget | null = null;

  get size(): number {
    return this.sets.length;
  }

  /** Bytes that are kept. */
  get kept(): number {
    return this.bytes;
  }

  attach(budget: TemplateBudget): void {
    if (this.budget === budget) return;
    this.budget = budget;
    budget.heldBytes += this.bytes;
  }

  /** Keeps a copy of the set at [at, end); how many sets were given up for it, itself included when there is no room at all. */
  hold(
    templateId: number,
    view: DataView,
    at: number,
    end: number,
    header: ExportHeader,
    receivedMs: number,
  ): { kept: boolean; givenUp: number } {
    const cost = end - at + OVERHEAD_BYTES;
    const { budget } = this;
    let givenUp = 0;
    while (this.sets.length > 0 && this.bytes + cost > MAX_SESSION_BYTES) givenUp += this.drop(0);
    if (budget !== null && budget.heldBytes + cost > budget.maxHeldBytes) return { kept: false, givenUp: givenUp + 1 };
    const bytes = new Uint8Array(end - at);
    bytes.set(new Uint8Array(view.buffer, view.byteOffset + at, end - at));
    const { format, domain, exportMs, uptimeMs } = header;
    this.add({ templateId, bytes, format, domain, exportMs, uptimeMs, receivedMs });
    return { kept: true, givenUp };
  }

  /** Enters a set as it was saved; false when there is no room for it. */
  restore(set: HeldSet): boolean {
    if (this.bytes + set.bytes.length + OVERHEAD_BYTES > MAX_SESSION_BYTES) return false;
    this.add(set);
    return true;
  }

  private add(set: HeldSet): void {
    this.sets.push(set);
    this.charge(set.bytes.length + OVERHEAD_BYTES);
  }

  /** Gives up what is too old; how many sets. */
  expire(nowMs: number): number {
    let n = 0;
    for (let i = this.sets.length - 1; i >= 0; i--) {
      // A clock that was set back must not keep data for ever.
      if (Math.abs(nowMs - this.sets[i]!.receivedMs) > PATIENCE_MS) n += this.drop(i);
    }
    return n;
  }

  /** The first set from position `from` on whose template is known; -1 when there is none. */
  next(from: number, known: (id: number) => boolean): number {
    for (let i = from; i < this.sets.length; i++) if (known(this.sets[i]!.templateId)) return i;
    return -1;
  }

  at(i: number): HeldSet {
    return this.sets[i]!;
  }

  /** Removes a set; always 1, so that calls can be summed. */
  drop(i: number): 1 {
    this.charge(-this.sets[i]!.bytes.length - OVERHEAD_BYTES);
    this.sets.splice(i, 1);
    return 1;
  }

  all(): readonly HeldSet[] {
    return this.sets;
  }

  clear(): number {
    const n = this.sets.length;
    this.charge(-this.bytes);
    this.sets = [];
    return n;
  }

  private charge(bytes: number): void {
    this.bytes += bytes;
    if (this.budget !== null) this.budget.heldBytes += bytes;
  }
}
