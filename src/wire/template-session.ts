import type { DecodeError } from './decode-errors.ts';
import { HeldSets } from './held-sets.ts';
import { ExporterFacts } from './options/exporter-facts.ts';
import { costOf, readTemplate, type Template } from './template.ts';
import type { TemplateBudget } from './template-budget.ts';
import { restoreSession, type SavedSession, saveSession } from './template-session-file.ts';

/**
 * How long a template outlives its last refresh and its last use. UDP exporters repeat theirs (RFC 7011 section 8.4), some once a day
 * and some only when they start: those that are in use are never forgotten.
 */
const TEMPLATE_LIFE_MS = 86_400_000;
/** A template that was silent for this long makes room for another when there is none left. */
const STALE_MS = 1_800_000;
const MAX_TEMPLATES = 4_096;
const MAX_SESSION_BYTES = 4 << 20;
/** Templates that every session may have, whatever the others fill: ten or so. */
const OWN_BYTES = 16 << 10;
/** Facts that every session may have: some samplers and the names of some fifty interfaces. */
const OWN_FACT_BYTES = 16 << 10;

/** How often a session is looked through for what is too old. */
const TIDY_MS = 60_000;

/** What is known of one exporter's observation domain over one transport session: its templates, its options, its data that waits. */
export class TemplateSession {
  readonly facts: ExporterFacts;
  readonly held = new HeldSets();
  /** When it was last looked through for what is too old: saved, so that a replay forgets the same at the same time. */
  tidiedMs = 0;
  /** Numbers of templates that were not told here. */
  readonly borrowed = new Set<number>();
  private readonly templates = new Map<number, Template>();
  private bytes = 0;
  /** Of its facts, as the budget has them. */
  private factBytes = 0;
  private budget: TemplateBudget | null = null;

  constructor(facts = new ExporterFacts()) {
    this.facts = facts;
  }

  get size(): number {
    return this.templates.size;
  }

  /** About what `save` gives takes as text: base64 adds a third. */
  get savedBytes(): number {
    return Math.ceil((this.bytes + this.held.kept) * 1.4) + this.facts.heldBytes;
  }

  /** From now on what the session keeps counts towards this budget. */
  attach(budget: TemplateBudget): void {
    if (this.budget === budget) return;
    this.budget = budget;
    budget.templateBytes += this.bytes;
    this.held.attach(budget);
    this.chargeFacts();
  }

  /** Whether options may tell more: all sessions share a bound, and a small exporter has its share whatever the others fill. */
  get mayLearn(): boolean {
    const { budget } = this;
    return budget === null || this.factBytes < OWN_FACT_BYTES || budget.factBytes < budget.maxFactBytes;
  }

  /** After options may have been learnt. */
  chargeFacts(): void {
    if (this.budget === null) return;
    const { heldBytes } = this.facts;
    this.budget.factBytes += heldBytes - this.factBytes;
    this.factBytes = heldBytes;
  }

  template(id: number): Template | undefined {
    return this.templates.get(id);
  }

  all(): IterableIterator<Template> {
    return this.templates.values();
  }

  /** Takes over a template that another session of the same exporter was told; until this one is told its own. */
  borrow({ id, definition, format, options }: Template, nowMs: number): void {
    this.define(definition, 0, definition.length, format, options, nowMs);
    if (this.templates.has(id)) this.borrowed.add(id);
  }

  /** Takes the definition in `bytes` at [at, at + length), which is copied when it is new; null when all is well. */
  define(
    bytes: Uint8Array,
    at: number,
    length: number,
    format: number,
    options: boolean,
    nowMs: number,
  ): DecodeError | null {
    const id = bytes[at]! * 256 + bytes[at + 1]!;
    this.borrowed.delete(id);
    const known = this.templates.get(id);
    if (known && known.format === format && known.options === options && same(known.definition, bytes, at, length)) {
      known.lastMs = nowMs;
      return null;
    }
    const template = readTemplate(bytes.slice(at, at + length), format, options, nowMs);
    if (typeof template === 'string') return template;
    // The exporter has taken the number for something else: records by the old definition can only be those that wait.
    if (known) this.withdraw(id);
    if (!this.hasRoom(template)) this.forget(nowMs, STALE_MS);
    if (!this.hasRoom(template)) return 'too_many_templates';
    this.enter(template);
    return null;
  }

  private hasRoom(template: Template): boolean {
    const cost = costOf(template);
    const { budget } = this;
    if (this.templates.size >= MAX_TEMPLATES || this.bytes + cost > MAX_SESSION_BYTES) return false;
    if (budget === null || this.bytes + cost <= OWN_BYTES) return true;
    return budget.templateBytes + cost <= budget.maxTemplateBytes;
  }

  private enter(template: Template): void {
    this.templates.set(template.id, template);
    this.charge(costOf(template));
    this.held.bind(template);
  }

  /** Enters a template of before; false when there is no room for it. */
  restore(template: Template): boolean {
    if (this.templates.has(template.id) || !this.hasRoom(template)) return false;
    this.enter(template);
    return true;
  }

  /** RFC 7011 section 8.1. Data that waits to be read by the template still is. */
  withdraw(id: number): void {
    const known = this.templates.get(id);
    if (!known) return;
    this.templates.delete(id);
    this.borrowed.delete(id);
    this.charge(-costOf(known));
    if (known.waiting > 0) this.held.orphan(known);
  }

  /** All templates, or all options templates. */
  withdrawAll(options: boolean): void {
    for (const template of this.templates.values()) if (template.options === options) this.withdraw(template.id);
  }

  /** `expire`, at most once a minute. */
  tidy(nowMs: number): number {
    if (Math.abs(nowMs - this.tidiedMs) < TIDY_MS) return 0;
    this.tidiedMs = nowMs;
    return this.expire(nowMs);
  }

  /** Forgets templates and data that are too old; how many sets of data were given up. */
  expire(nowMs: number): number {
    this.forget(nowMs, TEMPLATE_LIFE_MS);
    return this.held.expire(nowMs);
  }

  private forget(nowMs: number, lifeMs: number): void {
    for (const { id, lastMs } of this.templates.values()) if (nowMs - lastMs > lifeMs) this.withdraw(id);
  }

  /** The session is at its end: gives back what it took of the budget; how many sets of data were given up. */
  close(): number {
    this.templates.clear();
    this.charge(-this.bytes);
    if (this.budget !== null) this.budget.factBytes -= this.factBytes;
    this.factBytes = 0;
    return this.held.clear();
  }

  private charge(bytes: number): void {
    this.bytes += bytes;
    if (this.budget !== null) this.budget.templateBytes += bytes;
  }

  /** As JSON: everything that is needed to go on reading after a restart. */
  save(): SavedSession {
    return saveSession(this);
  }

  /** What `save` wrote; of damaged input what can be read, null when it is nothing of this kind. */
  static restore(value: unknown): TemplateSession | null {
    return restoreSession(value, (facts) => new TemplateSession(ExporterFacts.restore(facts)));
  }
}

function same(definition: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (definition.length !== length) return false;
  for (let i = 0; i < length; i++) if (definition[i] !== bytes[at + i]) return false;
  return true;
}
