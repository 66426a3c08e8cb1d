import type { ExportHeader } from './export-header.ts';
import { costOf, type Template } from './template.ts';
import type { TemplateBudget } from './template-budget.ts';

/** A data set that came before its template, or could not be read with its message: its records, and what decoding needs of that message. */
export interface HeldSet {
  readonly templateId: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly format: number;
  readonly domain: number;
  readonly exportMs: number;
  readonly uptimeMs: number;
  readonly receivedMs: number;
  /** By which it is to be read, whatever its number means later; null until it comes. */
  template: Template | null;
  /** What keeping a template costs that is no longer one of the session's; counted for the last set that needs it. */
  orphanBytes: number;
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
  /** How many have a template. */
  private bound = 0;
  /** How many of each number have none: a template that comes is for these. */
  private readonly unbound = new Map<number, number>();
  private budget: TemplateBudget | null = null;

  get size(): number {
    return this.sets.length;
  }

  /** Sets that can be read: what one message could not take is left for the next. */
  get ready(): number {
    return this.bound;
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
    template: Template | null,
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
    this.add({ templateId, bytes, format, domain, exportMs, uptimeMs, receivedMs, template, orphanBytes: 0 });
    return { kept: true, givenUp };
  }

  /** Enters a set as it was saved; false when there is no room for it. */
  restore(set: HeldSet): boolean {
    if (this.bytes + costOfSet(set) > MAX_SESSION_BYTES) return false;
    this.add(set);
    return true;
  }

  private add(set: HeldSet): void {
    this.sets.push(set);
    this.note(set, 1);
    this.charge(costOfSet(set));
  }

  /** A set came (1) or went (-1). */
  private note({ template, templateId }: HeldSet, change: 1 | -1): void {
    if (template !== null) {
      template.waiting += change;
      this.bound += change;
      return;
    }
    const n = (this.unbound.get(templateId) ?? 0) + change;
    if (n > 0) this.unbound.set(templateId, n);
    else this.unbound.delete(templateId);
  }

  /** A template has come: what waited for it is read by it, also when its number means something else before there was room. */
  bind(template: Template): void {
    if (!this.unbound.has(template.id)) return;
    for (const set of this.sets) {
      if (set.template !== null || set.templateId !== template.id || set.format !== template.format) continue;
      this.note(set, -1);
      set.template = template;
      this.note(set, 1);
    }
  }

  /** The session has no longer this template, by which some sets are still to be read. */
  orphan(template: Template): void {
    for (let i = this.sets.length - 1; i >= 0; i--) {
      const set = this.sets[i]!;
      if (set.template !== template) continue;
      set.orphanBytes = costOf(template);
      this.charge(set.orphanBytes);
      return;
    }
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

  at(i: number): HeldSet {
    return this.sets[i]!;
  }

  /** Removes a set; always 1, so that calls can be summed. */
  drop(i: number): 1 {
    const set = this.sets[i]!;
    this.note(set, -1);
    this.charge(-costOfSet(set));
    this.sets.splice(i, 1);
    return 1;
  }

  all(): readonly HeldSet[] {
    return this.sets;
  }

  clear(): number {
    const n = this.sets.length;
    for (const set of this.sets) this.note(set, -1);
    this.charge(-this.bytes);
    this.sets = [];
    return n;
  }

  private charge(bytes: number): void {
    this.bytes += bytes;
    if (this.budget !== null) this.budget.heldBytes += bytes;
  }
}

function costOfSet({ bytes, orphanBytes }: HeldSet): number {
  return bytes.length + OVERHEAD_BYTES + orphanBytes;
}
