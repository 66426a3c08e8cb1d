import { readFileSync } from 'node:fs';
import { isInPrefix, parseAddress, parsePrefix } from '../../flow/index.ts';
import {
  AsNames,
  type BothFamilies,
  countryText,
  type ListEntry,
  type LookUpAddress,
  type PlaceData,
  PlaceTable,
  type RangeOfSource,
  rangeAt,
  readPrefixLines,
} from '../../label/index.ts';
import { KeptData } from './kept-data.ts';
import type { PlacesTable } from './place-messages.ts';

/** A block list, where it is from, and where its prefixes stand. */
export interface ExplainedList {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  readonly fetchedMs: number;
}

/**
 * What is known of addresses and which data gave it, for one explanation: the table says what, and what was read of the sources is searched for the range. The sources
 * are read once for all addresses that are asked for, and forgotten with the function.
 */
export function addressLookUp(
  directory: string,
  { places, names, sources }: Pick<PlacesTable, 'places' | 'names' | 'sources'>,
  lists: readonly ExplainedList[],
): LookUpAddress {
  const table = new PlaceTable(places);
  const asNames = new AsNames(names);
  const kept = new KeptData(directory);
  const read = new Map<string, PlaceData | null>();
  const dataOf = (source: string) => {
    if (!read.has(source)) read.set(source, kept.data(source)?.data ?? null);
    return read.get(source)!;
  };
  return (text) => {
    const address = parseAddress(text);
    if (!address) return null;
    const entry = table.find(...address);
    const asn = table.asn[entry]!;
    const country = table.country[entry]!;
    /** The first source that says this of the address: it is the one that the table believed. */
    const from = (of: (data: PlaceData) => BothFamilies | null, value: number): RangeOfSource | null => {
      for (const { name, madeMs, used } of value === 0 ? [] : sources) {
        const data = used ? dataOf(name) : null;
        const families = data && of(data);
        const found = families && rangeAt(families, address);
        if (found?.value === value) return { range: found.range, source: name, madeMs };
      }
      return null;
    };
    return {
      asn,
      asName: asn === 0 ? '' : asNames.name(asn),
      asFrom: from((data) => data.autonomousSystems, asn),
      country: countryText(country),
      countryFrom: from((data) => data.countries, country),
      lists: table.blocklists[table.blocklist[entry]!]!.split('+')
        .filter((name) => name !== '')
        .map((name) => entryOf(name, lists, address)),
    };
  };
}

/** The longest prefix of the list around the address. */
function entryOf(
  name: string,
  lists: readonly ExplainedList[],
  address: NonNullable<ReturnType<typeof parseAddress>>,
): ListEntry {
  const list = lists.find((l) => l.name === name);
  const longest =
    list &&
    prefixesOf(list.path)
      .map((text) => ({ text, prefix: parsePrefix(text) }))
      .filter(({ prefix }) => prefix && isInPrefix(address, prefix))
      .sort((a, b) => b.prefix!.bits - a.prefix!.bits)[0];
  return {
    list: name,
    prefix: longest?.text ?? 'an entry',
    source: list?.source ?? null,
    fetchedMs: list?.fetchedMs ?? 0,
  };
}

function prefixesOf(path: string): readonly string[] {
  try {
    return readPrefixLines(readFileSync(path, 'utf8'));
  } catch {
    // The list is being replaced or was taken out: what the table has of it still holds.
    return [];
  }
}
