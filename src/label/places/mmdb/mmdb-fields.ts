import { countryCode } from '../place-data.ts';
import type { MmdbValue } from './mmdb-decoder.ts';

/** What is wanted of a record; 0 and empty where it does not say. */
export interface MmdbFields {
  readonly asn: number;
  readonly asName: string;
  readonly country: number;
}

/** Where makers put it: MaxMind and DB-IP (plain, or in `traits` of the Enterprise kinds); IPinfo `asn: "AS15169"`. */
const ASN = ['autonomous_system_number', 'traits.autonomous_system_number', 'asn', 'as_number'];
const AS_NAME = ['autonomous_system_organization', 'traits.autonomous_system_organization', 'as_name', 'name'];
/** MaxMind and DB-IP's `country.iso_code`; IPinfo's `country` or `country_code`. Not `registered_country`: that is where the owner is. */
const COUNTRY = ['country.iso_code', 'country_code', 'country'];

export function mmdbFields(record: MmdbValue): MmdbFields {
  const asn = firstOf(record, ASN, asnOf) ?? 0;
  const asName =
    asn === 0 ? '' : (firstOf(record, AS_NAME, (v) => (typeof v === 'string' && v !== '' ? v : null)) ?? '');
  return { asn, asName, country: firstOf(record, COUNTRY, countryOf) ?? 0 };
}

function firstOf<T>(record: MmdbValue, paths: readonly string[], read: (value: MmdbValue) => T | null): T | null {
  for (const path of paths) {
    let value: MmdbValue | undefined = record;
    for (const key of path.split('.')) value = value instanceof Map ? value.get(key) : undefined;
    const found = value === undefined ? null : read(value);
    if (found !== null) return found;
  }
  return null;
}

function asnOf(value: MmdbValue): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0 && value < 2 ** 32 ? value : null;
  const digits = typeof value === 'string' ? /^(?:AS)?(\d{1,10})$/.exec(value)?.[1] : undefined;
  return digits === undefined ? null : asnOf(Number(digits));
}

function countryOf(value: MmdbValue): number | null {
  return (typeof value === 'string' && countryCode(value)) || null;
}
