import { FORMAT } from './export-header.ts';
import type { HeldSet, HeldSets } from './held-sets.ts';
import { definitionBytes, readTemplate, type Template } from './template.ts';

/** Its id-bearing definition in base64. */
type SavedTemplate = readonly [definition: string, format: number, options: boolean, lastMs: number];

/** A template session as JSON: its templates, and the sets that wait. */
export interface SavedSession {
  readonly version: 1;
  readonly tidiedMs: number;
  readonly templates: readonly SavedTemplate[];
  /** Templates that the session has no longer, by which some sets are still to be read. */
  readonly orphans: readonly SavedTemplate[];
  /** NUMBERS, and behind them the position in `orphans` of the set's template where it is there. */
  readonly held: readonly (readonly [bytes: string, ...numbers: number[]])[];
  readonly facts: unknown;
}

/** What is saved of a session and entered again. */
interface Session {
  readonly held: HeldSets;
  tidiedMs: number;
  readonly facts: { save(): unknown };
  all(): IterableIterator<Template>;
  template(id: number): Template | undefined;
  restore(template: Template): boolean;
}

/** The numbers of a held set, in the order in which they are written. */
const NUMBERS = ['templateId', 'format', 'domain', 'exportMs', 'uptimeMs', 'receivedMs'] as const;

export function saveSession(session: Session): SavedSession {
  const orphans: Template[] = [];
  const held = session.held.all().map((set): [string, ...number[]] => {
    const entry: [string, ...number[]] = [toBase64(set.bytes), ...NUMBERS.map((name) => set[name])];
    const { template } = set;
    if (template === null || session.template(set.templateId) === template) return entry;
    if (!orphans.includes(template)) orphans.push(template);
    return [...entry, orphans.indexOf(template)];
  });
  return {
    version: 1,
    tidiedMs: session.tidiedMs,
    templates: [...session.all()].map(saveTemplate),
    orphans: orphans.map(saveTemplate),
    held,
    facts: session.facts.save(),
  };
}

/** `make`: the empty session with these facts. */
export function restoreSession<S extends Session>(value: unknown, make: (facts: unknown) => S): S | null {
  if (typeof value !== 'object' || value === null) return null;
  const saved = value as Partial<Record<keyof SavedSession, unknown>>;
  if (saved.version !== 1) return null;
  const session = make(saved.facts);
  if (isTime(saved.tidiedMs)) session.tidiedMs = saved.tidiedMs;
  for (const entry of listOf(saved.templates)) {
    const template = restoreTemplate(entry);
    if (template) session.restore(template);
  }
  const orphans = Array.isArray(saved.orphans)
    ? saved.orphans.map((entry) => (Array.isArray(entry) ? restoreTemplate(entry) : null))
    : [];
  for (const entry of listOf(saved.held)) {
    const set = restoreHeld(entry, session, orphans);
    if (set) session.held.restore(set);
  }
  for (const template of orphans) if (template !== null && template.waiting > 0) session.held.orphan(template);
  return session;
}

function listOf(value: unknown): unknown[][] {
  return Array.isArray(value) ? value.filter((entry) => Array.isArray(entry)) : [];
}

function saveTemplate({ definition, format, options, lastMs }: Template): SavedTemplate {
  return [toBase64(definition), format, options, lastMs];
}

function restoreTemplate([text, format, options, lastMs]: unknown[]): Template | null {
  const definition = fromBase64(text);
  if (definition === null || typeof options !== 'boolean' || !isTime(lastMs)) return null;
  if (format !== FORMAT.netflow9 && format !== FORMAT.ipfix) return null;
  const view = new DataView(definition.buffer, 0, definition.length);
  // A definition that is not as long as it says was not written by `save`.
  if (definitionBytes(view, 0, definition.length, format, options) !== definition.length) return null;
  if (definition.length < 8 || view.getUint16(0) < 256) return null;
  const template = readTemplate(definition, format, options, lastMs);
  return typeof template === 'string' ? null : template;
}

function restoreHeld(
  [text, ...numbers]: unknown[],
  session: Session,
  orphans: readonly (Template | null)[],
): HeldSet | null {
  const bytes = fromBase64(text);
  if (bytes === null || !numbers.every(isTime)) return null;
  if (numbers.length !== NUMBERS.length && numbers.length !== NUMBERS.length + 1) return null;
  const values = Object.fromEntries(NUMBERS.map((name, i) => [name, numbers[i]!]));
  const set = values as Record<(typeof NUMBERS)[number], number>;
  const orphan = numbers[NUMBERS.length];
  const template = (orphan === undefined ? session.template(set.templateId) : orphans[orphan]) ?? null;
  if (template?.format === set.format && template.id === set.templateId) {
    return { ...set, bytes, template, orphanBytes: 0 };
  }
  // Its own template is damaged: another one would read it wrong.
  return orphan === undefined ? { ...set, bytes, template: null, orphanBytes: 0 } : null;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function fromBase64(text: unknown): Uint8Array<ArrayBuffer> | null {
  return typeof text === 'string' ? Uint8Array.from(Buffer.from(text, 'base64')) : null;
}
