import type { AsNamesHandle } from './as-names.ts';
import type { BothFamilies, PlaceData } from './place-data.ts';
import type { PlaceTableHandle } from './place-table.ts';
import type { AddressWidth } from './prefix-list.ts';
import type { Ranges } from './ranges.ts';
import { packArrays, unpackArrays } from './stored-arrays.ts';

/** A table with the names of its autonomous systems. */
export interface NamedPlaces {
  readonly places: PlaceTableHandle;
  readonly names: AsNamesHandle;
}

/** A table as bytes of a file. `facts` say of what it was made. */
export function packPlaces({ places, names }: NamedPlaces, facts: unknown): Uint8Array {
  const { ipv4, ipv6, blocklists, ...arrays } = places;
  return packArrays(
    { facts, blocklists },
    {
      ...arrays,
      halves4: ipv4.halves,
      blocks4: ipv4.blocks,
      nodes4: ipv4.nodes,
      leaves4: ipv4.leaves,
      halves6: ipv6.halves,
      nodes6: ipv6.nodes,
      leaves6: ipv6.leaves,
      asNumbers: names.numbers,
      asNameEnds: names.ends,
      asNames: names.bytes,
    },
  );
}

/** The table over the memory of these bytes; null where they are damaged. */
export function unpackPlaces(bytes: Uint8Array): (NamedPlaces & { readonly facts: unknown }) | null {
  const found = unpackArrays(bytes);
  if (found === null) return null;
  const { facts, blocklists } = found.facts as { facts: unknown; blocklists: string[] };
  const words = (name: string) => found.arrays[name] as Uint32Array;
  const signed = (name: string) => found.arrays[name] as Int32Array;
  const halfWords = (name: string) => found.arrays[name] as Uint16Array;
  const places: PlaceTableHandle = {
    ipv4: { halves: signed('halves4'), blocks: signed('blocks4'), nodes: signed('nodes4'), leaves: signed('leaves4') },
    ipv6: { halves: signed('halves6'), blocks: new Int32Array(0), nodes: signed('nodes6'), leaves: signed('leaves6') },
    starts6: words('starts6'),
    entries6: words('entries6'),
    asn: words('asn'),
    asSource: found.arrays.asSource as Uint8Array,
    country: halfWords('country'),
    blocklist: halfWords('blocklist'),
    place: halfWords('place'),
    blocklists,
  };
  const names = { numbers: words('asNumbers'), ends: words('asNameEnds'), bytes: found.arrays.asNames as Uint8Array };
  return { facts, places, names };
}

/** What a source said, as bytes of a file: a dump of routes is read once. */
export function packPlaceData(
  { autonomousSystems, countries, names, ...rest }: PlaceData,
  revision: string,
): Uint8Array {
  const arrays = { ...familiesOut('as', autonomousSystems), ...familiesOut('country', countries) };
  return packArrays({ revision, names: [...names], ...rest }, arrays);
}

/** What a source said; null where the bytes are damaged. */
export function unpackPlaceData(bytes: Uint8Array): { readonly data: PlaceData; readonly revision: string } | null {
  const found = unpackArrays(bytes);
  if (found === null) return null;
  const { revision, names, ...rest } = found.facts as { revision: string; names: [number, string][] } & Pick<
    PlaceData,
    'madeMs' | 'skipped' | 'cutShort'
  >;
  const families = (name: string) => familiesIn(found.arrays as Record<string, Uint32Array>, name);
  const data = { autonomousSystems: families('as'), countries: families('country'), names: new Map(names), ...rest };
  return { data, revision };
}

function familiesOut(name: string, families: BothFamilies | null): Record<string, Uint32Array> {
  if (families === null) return {};
  const { ipv4, ipv6 } = families;
  return {
    [`${name}Starts4`]: ipv4.starts,
    [`${name}Values4`]: ipv4.values,
    [`${name}Starts6`]: ipv6.starts,
    [`${name}Values6`]: ipv6.values,
  };
}

function familiesIn(arrays: Readonly<Record<string, Uint32Array>>, name: string): BothFamilies | null {
  const of = (width: AddressWidth, family: 4 | 6): Ranges | null => {
    const starts = arrays[`${name}Starts${family}`];
    const values = arrays[`${name}Values${family}`];
    return starts && values ? { width, length: values.length, starts, values } : null;
  };
  const ipv4 = of(1, 4);
  const ipv6 = of(4, 6);
  return ipv4 && ipv6 ? { ipv4, ipv6 } : null;
}
