import { asWeirError } from '../../../base/index.ts';
import { type PlaceData, PrefixLists, type RefusedFile } from '../place-data.ts';
import { MmdbDecoder } from './mmdb-decoder.ts';
import { type MmdbFields, mmdbFields } from './mmdb-fields.ts';
import { mmdbLayout } from './mmdb-layout.ts';
import { walkMmdbTree } from './mmdb-tree.ts';

/** All networks of a MaxMind DB file of any kind that says autonomous systems or countries. A file that is damaged anywhere is refused whole. */
export function readMmdb(file: Uint8Array): PlaceData | RefusedFile {
  try {
    return read(file);
  } catch (error) {
    return { refused: asWeirError(error).message };
  }
}

function read(file: Uint8Array): PlaceData | RefusedFile {
  const layout = mmdbLayout(file);
  const decoder = new MmdbDecoder(layout.data);
  const known = new Map<number, MmdbFields>();
  const systems = new PrefixLists();
  const countries = new PrefixLists();
  const names = new Map<number, string>();
  walkMmdbTree(layout, (ipv4, address, bits, offset) => {
    let fields = known.get(offset);
    if (fields === undefined) {
      fields = mmdbFields(decoder.value(offset));
      known.set(offset, fields);
      if (fields.asName !== '' && !names.has(fields.asn)) names.set(fields.asn, fields.asName);
    }
    if (fields.asn > 0) add(systems, ipv4, address, bits, fields.asn);
    if (fields.country > 0) add(countries, ipv4, address, bits, fields.country);
  });
  if (systems.length === 0 && countries.length === 0)
    return { refused: `it says neither autonomous systems nor countries (its kind is ${layout.type || 'not named'})` };
  return {
    autonomousSystems: systems.ranges(),
    countries: countries.ranges(),
    names,
    madeMs: layout.madeMs,
    skipped: {},
    cutShort: null,
  };

  function add(to: PrefixLists, ipv4: boolean, address: Uint32Array, bits: number, value: number): void {
    const last = layout.ipVersion === 4 ? address[0]! : address[3]!;
    if (ipv4) to.ipv4.add4(last, bits, value);
    else to.ipv6.add6(address[0]!, address[1]!, address[2]!, address[3]!, bits, value);
  }
}
