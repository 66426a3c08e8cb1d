import { type AddressWords, parsePrefix } from '../../flow/index.ts';
import { type HomeNetworks, placedPrefixes } from '../home-networks.ts';
import { byteTrie, sharedCopy } from './byte-trie.ts';
import { flatten } from './flatten.ts';
import { overlay } from './overlay.ts';
import { type BothFamilies, PrefixLists } from './place-data.ts';
import { AS_SOURCE, PlaceEntries, type PlaceEntry } from './place-entries.ts';
import type { PlaceTableHandle } from './place-table.ts';
import type { AddressWidth } from './prefix-list.ts';
import type { Ranges } from './ranges.ts';

/** A list of bad addresses: a member of the table by its name. */
export interface NamedPrefixes {
  readonly name: string;
  readonly prefixes: readonly string[];
}

/** What a table is made of. Of each field the first layer counts that knows it. */
export interface PlaceLayers {
  /** Ranges of autonomous systems by number, and who says so. */
  readonly autonomousSystems?: readonly { readonly source: keyof typeof AS_SOURCE; readonly ranges: BothFamilies }[];
  /** Ranges of countries: two ASCII letters, the first in the upper byte. */
  readonly countries?: readonly BothFamilies[];
  readonly blocklists?: readonly NamedPrefixes[];
  readonly networks?: HomeNetworks;
}

const MAPPED_BITS = 96;

/** Says what an entry becomes where a layer has this value. */
type Combine = (entry: number, value: number) => number;

/** Merges all layers into one table, in one pass for each family; one entry of it for each combination that there is. */
export function buildPlaces(layers: PlaceLayers): PlaceTableHandle {
  const entries = new PlaceEntries();
  const stack = layersOf(layers, entries);
  const family = (name: keyof BothFamilies, width: AddressWidth) =>
    overlay(
      width,
      stack.map(({ ranges, combine }) => ({ ranges: ranges[name], combine })),
    );
  return handleOf(family('ipv4', 1), family('ipv6', 4), entries);
}

function layersOf(
  { autonomousSystems = [], countries = [], blocklists = [], networks }: PlaceLayers,
  entries: PlaceEntries,
): { readonly ranges: BothFamilies; readonly combine: Combine }[] {
  const combined = firstSaid(entries);
  const listed = (name: string) => rememberPairs((entry) => entries.listed(entry, name));
  const placed = rememberPairs((entry, place) => entries.with(entry, { place }));
  return [
    ...autonomousSystems.map(({ source, ranges }) => ({ ranges, combine: combined.systems[source] })),
    ...countries.map((ranges) => ({ ranges, combine: combined.countries })),
    ...blocklists.map(({ name, prefixes }) => ({
      ranges: rangesOfPrefixes(prefixes.map((text) => [text, 1])),
      combine: listed(name),
    })),
    ...(networks ? [{ ranges: rangesOfPlaces(networks), combine: placed }] : []),
  ];
}

/** What an entry becomes by systems and countries, which change nothing where they are known: sources of one kind make the same of the same, and remember it together. */
function firstSaid(all: PlaceEntries) {
  const { entries } = all;
  const systemsOf = (source: keyof typeof AS_SOURCE): Combine => {
    const asSource = AS_SOURCE[source];
    const combine = rememberPairs((entry, asn) => all.with(entry, { asn, asSource }));
    return (entry, asn) => (entries[entry]!.asn === 0 ? combine(entry, asn) : entry);
  };
  const country = rememberPairs((entry, country) => all.with(entry, { country }));
  return {
    systems: {
      none: systemsOf('none'),
      mrt: systemsOf('mrt'),
      file: systemsOf('file'),
      bundled: systemsOf('bundled'),
    } satisfies Record<keyof typeof AS_SOURCE, Combine>,
    countries: (entry: number, value: number) => (entries[entry]!.country === 0 ? country(entry, value) : entry),
  };
}

function handleOf(ipv4: Ranges, ipv6: Ranges, { entries, blocklists }: PlaceEntries): PlaceTableHandle {
  const column = (of: keyof PlaceEntry) => entries.map((entry) => entry[of]);
  const shared = (bytes: number) => new SharedArrayBuffer(bytes * entries.length);
  const handle = {
    ipv4: byteTrie(ipv4),
    ipv6: byteTrie(ipv6),
    starts6: sharedCopy(ipv6.starts),
    entries6: sharedCopy(ipv6.values),
    asn: new Uint32Array(shared(4)),
    asSource: new Uint8Array(shared(1)),
    country: new Uint16Array(shared(2)),
    blocklist: new Uint16Array(shared(2)),
    place: new Uint16Array(shared(2)),
    blocklists,
  };
  for (const name of ['asn', 'asSource', 'country', 'blocklist', 'place'] as const) handle[name].set(column(name));
  return handle;
}

/** The function, with what it said once of a pair: there are far fewer than ranges. */
function rememberPairs(combine: Combine): Combine {
  const said = new Map<number, number>();
  return (entry, value) => {
    const key = entry * 2 ** 32 + value;
    let result = said.get(key);
    if (result === undefined) {
      result = combine(entry, value);
      said.set(key, result);
    }
    return result;
  };
}

/** Ranges of prefixes as text, each with a value above 0. What is not a prefix is left out: who reads lists has counted it. */
export function rangesOfPrefixes(prefixes: readonly (readonly [text: string, value: number])[]): BothFamilies {
  const lists = new FamilyLists();
  for (const [text, value] of prefixes) {
    const prefix = parsePrefix(text);
    if (prefix) lists.add(prefix.address, prefix.bits, value);
  }
  return lists.ranges();
}

function rangesOfPlaces(networks: HomeNetworks): BothFamilies {
  const lists = new FamilyLists();
  for (const { address, bits, place } of placedPrefixes(networks).prefixes) lists.add(address, bits, place);
  return lists.ranges();
}

/** Prefixes of both families, told apart: IPv4 lies at ::ffff:0:0/96. */
class FamilyLists {
  private readonly lists = new PrefixLists();

  add([w0, w1, w2, w3]: AddressWords, bits: number, value: number): void {
    const mapped = w0 === 0 && w1 === 0 && w2 === 0xffff;
    if (mapped && bits >= MAPPED_BITS) this.lists.ipv4.add4(w3, bits - MAPPED_BITS, value);
    else this.lists.ipv6.add6(w0, w1, w2, w3, bits, value);
  }

  ranges(): BothFamilies {
    return { ipv4: flatten(this.lists.ipv4), ipv6: flatten(this.lists.ipv6) };
  }
}
