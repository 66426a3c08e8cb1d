/**
 * The registry of information elements: what NetFlow v9 and IPFIX exporters send, by number and by name.
 *
 * In: the data modules beside this file. Out: look-ups for template parsing, configuration and messages. They answer
 * `undefined` for what is not known and never throw; nothing here runs per record.
 */
import { type Element, readElementLines } from './element-table.ts';
import {
  CERT_PEN,
  CISCO_PEN,
  ENTERPRISES,
  ERICSSON_PEN,
  IANA_PEN,
  NETFLOW9_PEN,
  NTOP_PEN,
  PALO_ALTO_PEN,
  REVERSE_PEN,
  RIVERBED_PEN,
} from './enterprises.ts';

export type { Element, ElementType } from './element-table.ts';
export { CISCO_PEN, NTOP_PEN, REVERSE_PEN, WEIR_PEN } from './enterprises.ts';
export { WEIR_ELEMENT } from './weir.ts';

export interface ElementReference {
  readonly pen: number;
  readonly id: number;
}

/** RFC 7011 section 3.2: 15 bits of number, the 16th says that an enterprise number follows. */
const IPFIX_IDS = 0x8000;
/** nProbe's own elements begin here in NetFlow v9 ("[NFv9 57590][IPFIX 35632.118]"). */
const NTOP_BASE = 57_472;
/** How many numbers of nProbe's that range is good for; 1037 is the highest that is published, and Cisco uses 65500. */
const NTOP_RANGE = 2048;
/** Vendors that took NetFlow v9 types which are nobody's. */
const NETFLOW9_SQUATTERS = [NETFLOW9_PEN, ERICSSON_PEN, RIVERBED_PEN, PALO_ALTO_PEN];
/** CERT marks the reverse of its own elements by bit 14 of the number. */
const CERT_REVERSE = 0x4000;
const REVERSE = 'reverse';

/** RFC 5103 section 6.1: these say something of the flow or the exporter as a whole and have no direction to reverse. */
const NOT_REVERSIBLE = new Set([
  40, 41, 42, 130, 131, 137, 145, 148, 149, 163, 164, 165, 166, 167, 168, 173, 210, 211, 212, 213, 214, 215, 216, 217,
  239,
]);

interface Index {
  readonly byNumber: ReadonlyMap<number, Element>;
  /** Qualified names in lower case: `cisco:nvzflowprocessname`. */
  readonly byName: ReadonlyMap<string, Element>;
  readonly counts: ReadonlyMap<number, number>;
}

/** Reverse elements that were asked for: at most one per known element. */
const reversed = new Map<number, Element>();
let index: Index | undefined;

/** Exact up to 2^48: no 64-bit integers needed. */
function key(pen: number, id: number): number {
  return pen * 0x10000 + id;
}

function loaded(): Index {
  if (index) return index;
  const byNumber = new Map<number, Element>();
  const byName = new Map<string, Element>();
  const counts = new Map<number, number>();
  for (const { pen, prefix, tables } of ENTERPRISES) {
    const elements = tables.flatMap((lines) => readElementLines(pen, lines));
    counts.set(pen, elements.length);
    for (const element of elements) {
      byNumber.set(key(pen, element.id), element);
      byName.set(`${prefix}:${element.name.toLowerCase()}`, element);
    }
  }
  index = { byNumber, byName, counts };
  return index;
}

/** Each enterprise whose elements are known, and how many. The reverse elements of RFC 5103 are derived and not counted. */
export function knownEnterprises(): { pen: number; prefix: string; title: string; elements: number }[] {
  const { counts } = loaded();
  return ENTERPRISES.map(({ pen, prefix, title }) => ({ pen, prefix, title, elements: counts.get(pen)! }));
}

export function findElement(pen: number, id: number): Element | undefined {
  const known = loaded().byNumber.get(key(pen, id));
  if (known) return known;
  if (pen === REVERSE_PEN) return NOT_REVERSIBLE.has(id) ? undefined : reverseOf(IANA_PEN, id, pen, id);
  if (pen === CERT_PEN && id >= CERT_REVERSE && id < IPFIX_IDS) return reverseOf(CERT_PEN, id - CERT_REVERSE, pen, id);
  return undefined;
}

function reverseOf(forwardPen: number, forwardId: number, pen: number, id: number): Element | undefined {
  const known = reversed.get(key(pen, id));
  if (known) return known;
  const forward = loaded().byNumber.get(key(forwardPen, forwardId));
  if (!forward) return undefined;
  const name = `${REVERSE}${forward.name.charAt(0).toUpperCase()}${forward.name.slice(1)}`;
  const element = { ...forward, pen, id, name };
  reversed.set(key(pen, id), element);
  return element;
}

/**
 * The enterprise and number that a NetFlow v9 field type stands for. v9 has no enterprise numbers. Types below 32768 are
 * IANA's (RFC 7012 section 4 says so for 1-127; exporters use the others alike). Above, Cisco sets bit 15 of its own numbers,
 * nProbe adds 57472 to its own, and some vendors took types for themselves. What none of them is known to have taken keeps
 * its type, under enterprise 0, where IPFIX has no such numbers.
 */
export function netflow9Reference(type: number): ElementReference {
  const { byNumber } = loaded();
  for (const pen of NETFLOW9_SQUATTERS) if (byNumber.has(key(pen, type))) return { pen, id: type };
  if (type >= NTOP_BASE && type < NTOP_BASE + NTOP_RANGE) return { pen: NTOP_PEN, id: type - NTOP_BASE };
  if (type >= IPFIX_IDS && byNumber.has(key(CISCO_PEN, type - IPFIX_IDS)))
    return { pen: CISCO_PEN, id: type - IPFIX_IDS };
  return { pen: IANA_PEN, id: type };
}

export function findNetflow9Element(type: number): Element | undefined {
  const { pen, id } = netflow9Reference(type);
  return findElement(pen, id);
}

/**
 * Finds an element by what a person writes: `applicationName` or `reverseOctetDeltaCount` (IANA's), `cisco:nvzFlowProcessName`
 * (another enterprise's), `9/12340` or `95` (numbers). Case does not matter.
 */
export function findElementByName(name: string): Element | undefined {
  const reference = parseElementReference(name);
  if (reference) return findElement(reference.pen, reference.id);
  const wanted = name.trim().toLowerCase();
  const { byName } = loaded();
  const found = byName.get(wanted.includes(':') ? wanted : `iana:${wanted}`);
  if (found) return found;
  return findReverse(wanted, byName);
}

function findReverse(wanted: string, byName: Index['byName']): Element | undefined {
  const bare = wanted.replace(/^(iana|cert):/, '');
  if (!bare.startsWith(REVERSE)) return undefined;
  const fromCert = wanted.startsWith('cert:');
  const forward = byName.get(`${fromCert ? 'cert' : 'iana'}:${bare.slice(REVERSE.length)}`);
  if (!forward) return undefined;
  return fromCert ? findElement(CERT_PEN, forward.id + CERT_REVERSE) : findElement(REVERSE_PEN, forward.id);
}

/**
 * Reads `pen/id`, or a number alone, which is IANA's. Numbers above 32767 are NetFlow v9 types, with or without the enterprise
 * that they are of (`45108`, `9/45108`, `35632/57590`): they become the number that the same element has in IPFIX. Null when
 * the text is no reference, or one that no template can hold.
 */
export function parseElementReference(text: string): ElementReference | null {
  const match = /^(?:(\d{1,10})\/)?(\d{1,5})$/.exec(text.trim());
  if (!match) return null;
  const pen = Number(match[1] ?? IANA_PEN);
  const id = Number(match[2]);
  if (pen > 0xffff_ffff || id > 0xffff) return null;
  if (id < IPFIX_IDS) return { pen, id };
  const reference = netflow9Reference(id);
  return pen === IANA_PEN || reference.pen === pen ? reference : null;
}

/** A name for messages and lists: never fails. IANA's stand alone, others have their enterprise before them. */
export function elementName(pen: number, id: number): string {
  const element = findElement(pen, id);
  if (!element) return `${pen}/${id}`;
  if (pen === IANA_PEN || pen === REVERSE_PEN) return element.name;
  const enterprise = ENTERPRISES.find((e) => e.pen === pen);
  return `${enterprise!.prefix}:${element.name}`;
}

/** RFC 3954 section 6.1: what the options of a NetFlow v9 options record apply to. */
const SCOPES: readonly (string | undefined)[] = [undefined, 'System', 'Interface', 'Line Card', 'Cache', 'Template'];

export function scopeName(type: number): string {
  return SCOPES[type] ?? `scope ${type}`;
}
