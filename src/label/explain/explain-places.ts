import type { AddressFacts, ListEntry, LookUpAddress, RangeOfSource } from './address-facts.ts';
import { type Explanation, type NamedRecord, numberOf, textOf } from './explanation.ts';

const SIDES = ['src', 'dst'] as const;
type Side = (typeof SIDES)[number];
const END: Readonly<Record<Side, string>> = { src: 'source', dst: 'destination' };

const NOBODY = 'a table of routes (MRT), a file (MMDB), or an exporter that tells it';

/** Why the ends of a flow have their autonomous systems, countries and block lists; `lookUp` says what the data has of an address today. */
export function explainPlaces(record: NamedRecord, lookUp: LookUpAddress): Explanation[] {
  const facts = { src: lookUp(textOf(record, 'src_addr')), dst: lookUp(textOf(record, 'dst_addr')) };
  return [
    ...SIDES.map((side) => explainSystem(record, side, facts[side])),
    ...SIDES.map((side) => explainCountry(record, side, facts[side])),
    ...explainBlocklist(record, facts),
  ];
}

const WHO: Readonly<Record<string, string>> = {
  exporter: 'the exporter said so in the record',
  mrt: 'a table of routes (MRT) has the address',
  file: 'a file of the user (MMDB) has the address',
  bundled: 'the data that comes with Weir has the address',
};

function explainSystem(record: NamedRecord, side: Side, facts: AddressFacts | null): Explanation {
  const source = textOf(record, `${side}_as_source`) || 'none';
  const said = record[`exporter_${side}_as`];
  const refused = said ? `; the exporter said ${said}, which is private or reserved (RFC 6996) and not believed` : '';
  return {
    name: `${side}_as`,
    value: record[`${side}_as`] ?? null,
    evidence: source,
    because: `${WHO[source] ?? 'nobody knows it'}${refused}${systemToday(numberOf(record, `${side}_as`), source, facts)}`,
    stronger: source === 'none' ? NOBODY : source === 'exporter' ? null : 'an exporter that tells it',
  };
}

function systemToday(stored: number, source: string, facts: AddressFacts | null): string {
  if (facts === null || facts.asn === 0) return '';
  const { asn, asName, asFrom } = facts;
  const system = `AS${asn}${asName === '' ? '' : ` (${asName})`}`;
  const where = asFrom === null ? '' : ` by ${inWords(asFrom)}`;
  if (source === 'exporter') return `; the data here ${asn === stored ? 'agrees,' : `says ${system}`}${where}`;
  return asn === stored ? `: ${system}${where}` : `; it was stored so, and today it is ${system}${where}`;
}

function explainCountry(record: NamedRecord, side: Side, facts: AddressFacts | null): Explanation {
  const value = textOf(record, `${side}_country`);
  const stored = value ? `the data of countries has the address of the ${END[side]}` : 'no data has its address';
  return {
    name: `${side}_country`,
    value: value || null,
    evidence: null,
    because: `${stored}${countryToday(value, facts)}`,
    stronger: value ? null : 'a file (MMDB) with countries',
  };
}

function countryToday(stored: string, facts: AddressFacts | null): string {
  if (facts === null || facts.country === '') return '';
  const where = facts.countryFrom === null ? '' : ` by ${inWords(facts.countryFrom)}`;
  return facts.country === stored ? `:${where || ' today too'}` : `; today it is ${facts.country}${where}`;
}

function explainBlocklist(record: NamedRecord, facts: Readonly<Record<Side, AddressFacts | null>>): Explanation[] {
  const lists = textOf(record, 'blocklist');
  if (lists === '') return [];
  const side = textOf(record, 'blocklist_side');
  const listed = SIDES.filter((s) => side === 'both' || side === END[s]);
  const ends = listed.map((s) => {
    const address = textOf(record, `${s}_addr`);
    const entries = facts[s]?.lists ?? [];
    if (entries.length > 0) return `${address} is ${entries.map(entryInWords).join(', and ')}`;
    return `${address} was on ${lists.split('+').join(', ')}${facts[s] === null ? '' : ', and is on none today'}`;
  });
  return [{ name: 'blocklist', value: lists, evidence: side, because: ends.join('; '), stronger: null }];
}

function entryInWords({ list, prefix, source, fetchedMs }: ListEntry): string {
  if (source === null) return `on ${list}, of which no copy is here to say by which entry`;
  return `in ${prefix} of ${list} (${source}, of ${dayOf(fetchedMs)})`;
}

function inWords({ range, source, madeMs }: RangeOfSource): string {
  return `${range} of ${source}${madeMs === 0 ? '' : ` of ${dayOf(madeMs)}`}`;
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
