import { idOf, type OptionField, textOf, V9_SCOPE } from './option-values.ts';

export interface InterfaceFacts {
  readonly name: string;
  readonly description: string;
  /** Bits per second; 0 where the exporter does not say. No element of IANA's registry carries it. */
  readonly speedBps: number;
}

/** What an exporter's application-table and application-attributes say of one application (RFC 6759). */
export interface ApplicationFacts {
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly subCategory: string;
  readonly group: string;
}

const MAX_INTERFACES = 16_384;
const MAX_VRFS = 4096;
const MAX_APPLICATIONS = 16_384;
/** Characters of all names of one exporter: three times what a large router with Cisco's full application table sends. */
const MAX_CHARACTERS = 2_000_000;

const ENTRY_BYTES = 160;

const CISCO_PEN = 9;
const V9_INTERFACE = 2;
/** Classification engine PANA-L7-PEN: an enterprise number stands before the selector (RFC 6759 section 4.1). */
const PANA_L7_PEN = 20;

/** The names that an exporter gives to its numbers: interfaces, VRFs, applications. */
export class NamedThings {
  readonly interfaces = new Map<number, InterfaceFacts>();
  readonly vrfs = new Map<number, string>();
  readonly applications = new Map<number, ApplicationFacts>();
  /** Names that did not fit. */
  overflow = 0;
  /** Raised when a name was learnt or has changed. */
  revision = 0;
  private characters = 0;

  /** About what all names take in memory. */
  get heldBytes(): number {
    return 2 * this.characters + ENTRY_BYTES * (this.interfaces.size + this.vrfs.size + this.applications.size);
  }

  learn(view: DataView, scopes: readonly OptionField[], fields: readonly OptionField[]): void {
    let ifIndex = -1;
    let vrf = -1;
    let application = Number.NaN;
    const found: Found = {};
    for (const list of [scopes, fields]) {
      for (const field of list) {
        if (field.pen === V9_SCOPE && field.id === V9_INTERFACE) ifIndex = idOf(view, field);
        if (field.pen === CISCO_PEN) takeCisco(found, view, field);
        if (field.pen !== 0) continue;
        if (INTERFACE_IDS.has(field.id)) ifIndex = idOf(view, field);
        else if (field.id === 234 || field.id === 235) vrf = idOf(view, field);
        else if (field.id === 95) application = applicationKey(view, field.at, field.length);
        else takeText(found, view, field);
      }
    }
    if (ifIndex >= 0 && (found.ifName !== undefined || found.ifDescription !== undefined)) {
      this.learnInterface(ifIndex, found);
    }
    if (vrf >= 0 && found.vrf !== undefined) this.put(this.vrfs, vrf, found.vrf, found.vrf.length, MAX_VRFS);
    if (!Number.isNaN(application)) this.learnApplication(application, found);
  }

  learnInterface(ifIndex: number, found: Found): void {
    const before = this.interfaces.get(ifIndex);
    const name = found.ifName ?? before?.name ?? '';
    const description = found.ifDescription ?? before?.description ?? '';
    const speedBps = before?.speedBps ?? 0;
    const characters = name.length + description.length - (before ? before.name.length + before.description.length : 0);
    if (before?.name === name && before.description === description) return;
    this.put(this.interfaces, ifIndex, { name, description, speedBps }, characters, MAX_INTERFACES);
  }

  /** Names and attributes come in different options records, in any order. */
  learnApplication(key: number, found: Found): void {
    const before = this.applications.get(key);
    const next: ApplicationFacts = {
      name: found.name ?? before?.name ?? '',
      description: found.description ?? before?.description ?? '',
      category: found.category ?? before?.category ?? '',
      subCategory: found.subCategory ?? before?.subCategory ?? '',
      group: found.group ?? before?.group ?? '',
    };
    if (before !== undefined && same(before, next)) return;
    const characters = lengthOf(next) - (before ? lengthOf(before) : 0);
    if (characters === 0 && before === undefined) return;
    this.put(this.applications, key, next, characters, MAX_APPLICATIONS);
  }

  learnVrf(id: number, name: string): void {
    this.put(this.vrfs, id, name, name.length, MAX_VRFS);
  }

  private put<T>(map: Map<number, T>, key: number, value: T, characters: number, limit: number): void {
    const before = map.get(key);
    if (before === value) return;
    const added = typeof before === 'string' ? characters - before.length : characters;
    if ((before === undefined && map.size >= limit) || this.characters + added > MAX_CHARACTERS) {
      this.overflow++;
      return;
    }
    this.characters += added;
    map.set(key, value);
    this.revision++;
  }
}

export interface Found {
  ifName?: string;
  ifDescription?: string;
  vrf?: string;
  name?: string;
  description?: string;
  category?: string;
  subCategory?: string;
  group?: string;
}

const INTERFACE_IDS = new Set([10, 14, 252, 253]);
const TEXTS: Readonly<Record<number, keyof Found>> = {
  82: 'ifName',
  83: 'ifDescription',
  94: 'description',
  96: 'name',
  236: 'vrf',
  372: 'category',
  373: 'subCategory',
  374: 'group',
};
/** Cisco's own, from before IANA had numbers for them. */
const CISCO_TEXTS: Readonly<Record<number, keyof Found>> = { 12232: 'category', 12233: 'subCategory', 12234: 'group' };

function takeText(found: Found, view: DataView, field: OptionField): void {
  const what = TEXTS[field.id] ?? CISCO_TEXTS[field.id];
  if (what !== undefined) found[what] = textOf(view, field);
}

function takeCisco(found: Found, view: DataView, field: OptionField): void {
  const what = CISCO_TEXTS[field.id];
  if (what !== undefined) found[what] = textOf(view, field);
}

/**
 * An applicationId as a number: engine and selector (RFC 6759 section 4), alike for selectors of different length. NaN for
 * what is not one. Ids of engine 20 hold an enterprise number, are longer, and stand on the negative side.
 */
export function applicationKey(view: DataView, at: number, length: number): number {
  if (length < 2 || length > 8 || at < 0 || at + length > view.byteLength) return Number.NaN;
  const engine = view.getUint8(at);
  let selector = 0;
  for (let i = 1; i < length; i++) selector = selector * 256 + view.getUint8(at + i);
  if (selector < 0x1000_0000_0000) return engine * 0x1000_0000_0000 + selector;
  return engine === PANA_L7_PEN && selector <= Number.MAX_SAFE_INTEGER ? -selector : Number.NaN;
}

function same(a: ApplicationFacts, b: ApplicationFacts): boolean {
  return (
    a.name === b.name &&
    a.description === b.description &&
    a.category === b.category &&
    a.subCategory === b.subCategory &&
    a.group === b.group
  );
}

function lengthOf(facts: ApplicationFacts): number {
  return (
    facts.name.length + facts.description.length + facts.category.length + facts.subCategory.length + facts.group.length
  );
}
