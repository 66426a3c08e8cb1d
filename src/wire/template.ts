import type { DecodeError } from './decode-errors.ts';
import { netflow9Reference } from './elements/registry.ts';
import { FORMAT } from './export-header.ts';
import type { TemplateLayout } from './template-layout.ts';
import type { TemplatePlan } from './template-plan.ts';

/** RFC 7011 section 7: a field of this length says its length in each record. */
export const VARIABLE = 65_535;
/** No exporter describes a flow by more fields; a hostile one would make each record as dear as a datagram. */
const MAX_FIELDS = 1_024;
const ENTERPRISE = 0x8000;
/** What a template costs, above all when it is compiled, beside three times its definition. */
const OVERHEAD_BYTES = 1_024;

/** What a template says, read once. Field i is element (pens[i], ids[i]) in lengths[i] bytes; the first `scopeFields` are scopes. */
export interface Template {
  readonly id: number;
  /** A code of FORMAT: NetFlow v9 or IPFIX. */
  readonly format: number;
  readonly options: boolean;
  readonly scopeFields: number;
  readonly pens: Uint32Array;
  readonly ids: Uint16Array;
  readonly lengths: Uint16Array;
  /** Bytes of the shortest record; of all records where `fixed`. */
  readonly minBytes: number;
  readonly fixed: boolean;
  /** The template record as it was sent: to tell a refresh from another definition, and to save it. */
  readonly definition: Uint8Array;
  /** When it was last sent or used. */
  lastMs: number;
  /** The message, as its decoder counts them, that used it last. */
  usedIn: number;
  plan: TemplatePlan | null;
  /** Held sets that wait to be read by it. */
  waiting: number;
  /** By which options records are counted that are not learnt; made when there are some. */
  places: TemplateLayout | null;
}

/**
 * Bytes of the template record at `at` (its id comes first); -1 when it runs over `end`. A record with no field is as long as its head:
 * in IPFIX that is a withdrawal.
 */
export function definitionBytes(view: DataView, at: number, end: number, format: number, options: boolean): number {
  if (at + 4 > end) return -1;
  if (format === FORMAT.netflow9) {
    if (!options) return within(at, 4 + 4 * view.getUint16(at + 2), end);
    return at + 6 > end ? -1 : within(at, 6 + view.getUint16(at + 2) + view.getUint16(at + 4), end);
  }
  const count = view.getUint16(at + 2);
  if (count === 0) return 4;
  let p = at + (options ? 6 : 4);
  for (let i = 0; i < count; i++) {
    if (p + 4 > end) return -1;
    p += view.getUint16(p) & ENTERPRISE ? 8 : 4;
  }
  return within(at, p - at, end);
}

function within(at: number, bytes: number, end: number): number {
  return at + bytes > end ? -1 : bytes;
}

/** The template of a definition whose length is right. `bad_template`: no record can follow it. */
export function readTemplate(
  definition: Uint8Array,
  format: number,
  options: boolean,
  nowMs: number,
): Template | DecodeError {
  const view = new DataView(definition.buffer, definition.byteOffset, definition.byteLength);
  const netflow9 = format === FORMAT.netflow9;
  const counts = netflow9 ? netflow9Counts(view, options) : ipfixCounts(view, options);
  if (counts === null || counts.fields === 0 || counts.fields > MAX_FIELDS) return 'bad_template';
  const { fields, scopes } = counts;
  const pens = new Uint32Array(fields);
  const ids = new Uint16Array(fields);
  const lengths = new Uint16Array(fields);
  let at = options ? 6 : 4;
  let minBytes = 0;
  let fixed = true;
  for (let i = 0; i < fields; i++) {
    const type = view.getUint16(at);
    const length = view.getUint16(at + 2);
    at += 4;
    if (netflow9) {
      // The scope of v9 is a type of its own (RFC 3954 section 6.1), not an element.
      const reference = i < scopes ? { pen: 0, id: type } : netflow9Reference(type);
      pens[i] = reference.pen;
      ids[i] = reference.id;
    } else if (type & ENTERPRISE) {
      pens[i] = view.getUint32(at);
      ids[i] = type & 0x7fff;
      at += 4;
    } else ids[i] = type;
    lengths[i] = length;
    if (length === VARIABLE) fixed = false;
    minBytes += length === VARIABLE ? 1 : length;
  }
  if (minBytes === 0 || minBytes > 65_535) return 'bad_template';
  return {
    id: view.getUint16(0),
    format,
    options,
    scopeFields: scopes,
    pens,
    ids,
    lengths,
    minBytes,
    fixed,
    definition,
    lastMs: nowMs,
    usedIn: 0,
    plan: null,
    waiting: 0,
    places: null,
  };
}

/** Bytes that it takes in memory, compiled. */
export function costOf(template: Template): number {
  return 3 * template.definition.length + OVERHEAD_BYTES;
}

interface Counts {
  readonly fields: number;
  readonly scopes: number;
}

/** RFC 3954 section 6.1: the lengths of the scopes and of the options are in bytes of their descriptions. */
function netflow9Counts(view: DataView, options: boolean): Counts | null {
  if (!options) return { fields: view.getUint16(2), scopes: 0 };
  const scopeBytes = view.getUint16(2);
  const optionBytes = view.getUint16(4);
  if (scopeBytes % 4 !== 0 || optionBytes % 4 !== 0) return null;
  return { fields: (scopeBytes + optionBytes) / 4, scopes: scopeBytes / 4 };
}

/** RFC 7011 section 3.4.2.2: the count holds the scope fields too. There must be one of them; exporters without one are read. */
function ipfixCounts(view: DataView, options: boolean): Counts | null {
  const fields = view.getUint16(2);
  const scopes = options && view.byteLength >= 6 ? view.getUint16(4) : 0;
  return scopes > fields ? null : { fields, scopes };
}
