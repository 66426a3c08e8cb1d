import { FORMAT } from './export-header.ts';
import type { HeldSet, HeldSets } from './held-sets.ts';
import { definitionBytes, readTemplate, type Template } from './template.ts';

/** A template session as JSON: [id-bearing definition in base64, format, options, last seen], and the sets that wait. */
export interface SavedSession {
  readonly version: 1;
  readonly tidiedMs: number;
  readonly templates: readonly (readonly [definition: string, format: number, options: boolean, lastMs: number])[];
  readonly held: readonly (readonly [bytes: string, ...numbers: number[]])[];
  readonly facts: unknown;
}

/** What is saved of a session and entered again. */
interface Session {
  readonly held: HeldSets;
  tidiedMs: number;
  readonly facts: { save(): unknown };
  all(): IterableIterator<Template>;
  restore(template: Template): boolean;
}

/** The numbers of a held set, in the order in which they are written. */
const NUMBERS = ['templateId', 'format', 'domain', 'exportMs', 'uptimeMs', 'receivedMs'] as const;

export function saveSession(session: Session): SavedSession {
  return {
    version: 1,
    tidiedMs: session.tidiedMs,
    templates: [...session.all()].map((t) => [toBase64(t.definition), t.format, t.options, t.lastMs]),
    held: session.held.all().map((set) => [toBase64(set.bytes), ...NUMBERS.map((name) => set[name])]),
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
  for (const entry of listOf(saved.held)) {
    const set = restoreHeld(entry);
    if (set) session.held.restore(set);
  }
  return session;
}

function listOf(value: unknown): unknown[][] {
  return Array.isArray(value) ? value.filter((entry) => Array.isArray(entry)) : [];
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

function restoreHeld([text, ...numbers]: unknown[]): HeldSet | null {
  const bytes = fromBase64(text);
  if (bytes === null || numbers.length !== NUMBERS.length || !numbers.every(isTime)) return null;
  const set = Object.fromEntries(NUMBERS.map((name, i) => [name, numbers[i]!]));
  return { ...(set as Record<(typeof NUMBERS)[number], number>), bytes };
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
