import { worthOf } from '../../autonomous-systems.ts';
import { countryCode } from '../place-data.ts';
import type { MmdbDecoder, MmdbScalar } from './mmdb-decoder.ts';
import { wantedPaths } from './wanted-paths.ts';

/** What is wanted of a record; 0 and empty where it does not say. */
export interface MmdbFields {
  readonly asn: number;
  readonly asName: string;
  readonly country: number;
  /** It has a number that is reserved, and says nothing of a system. */
  readonly reserved: boolean;
}

/** Where makers put it: MaxMind and DB-IP (plain, or in `traits` of the Enterprise kinds); IPinfo `asn: "AS15169"`. */
const ASN = ['autonomous_system_number', 'traits.autonomous_system_number', 'asn', 'as_number'];
const AS_NAME = [
  ...['autonomous_system_organization', 'traits.autonomous_system_organization'],
  ...['as_name', 'name'],
];
/** MaxMind and DB-IP's `country.iso_code`; IPinfo's `country` or `country_code`. Not `registered_country`: that is where the owner is. */
const COUNTRY = ['country.iso_code', 'country_code', 'country'];
const PATHS = [...ASN, ...AS_NAME, ...COUNTRY];
const WANTED = wantedPaths(PATHS);
const NAME_AT = ASN.length;
const COUNTRY_AT = NAME_AT + AS_NAME.length;

/** Reads what is wanted of records. */
export class MmdbFieldReader {
  private readonly decoder: MmdbDecoder;
  private readonly values: MmdbScalar[] = PATHS.map(() => null);

  constructor(decoder: MmdbDecoder) {
    this.decoder = decoder;
  }

  /** Of the record at this offset of the data. Throws WeirError `corrupt`. */
  fields(offset: number): MmdbFields {
    const { values, decoder } = this;
    decoder.read(offset, WANTED, values);
    const said = firstOf(values, 0, NAME_AT, asnOf) ?? 0;
    const reserved = said !== 0 && worthOf(said) === 0;
    const asn = reserved ? 0 : said;
    const asName = asn === 0 ? '' : (firstOf(values, NAME_AT, COUNTRY_AT, nameOf) ?? '');
    return { asn, asName, country: firstOf(values, COUNTRY_AT, PATHS.length, countryOf) ?? 0, reserved };
  }
}

function firstOf<T>(
  values: readonly MmdbScalar[],
  from: number,
  to: number,
  read: (value: MmdbScalar) => T | null,
): T | null {
  for (let i = from; i < to; i++) {
    const found = read(values[i]!);
    if (found !== null) return found;
  }
  return null;
}

function asnOf(value: MmdbScalar): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0 && value < 2 ** 32 ? value : null;
  const digits = typeof value === 'string' ? /^(?:AS)?(\d{1,10})$/.exec(value)?.[1] : undefined;
  return digits === undefined ? null : asnOf(Number(digits));
}

const nameOf = (value: MmdbScalar): string | null => (typeof value === 'string' && value !== '' ? value : null);

function countryOf(value: MmdbScalar): number | null {
  return (typeof value === 'string' && countryCode(value)) || null;
}
