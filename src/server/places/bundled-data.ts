import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { whyUnreadable } from '../../base/index.ts';
import {
  countryOfText,
  type PlaceData,
  publicAsnOfText,
  type RefusedFile,
  readRangeCsv,
  Skipped,
} from '../../label/index.ts';

/** Packages of open data that are installed with Weir: ranges of addresses with the number of an autonomous system, or a country. */
const SYSTEMS = { package: '@ip-location-db/asn', ipv4: 'asn-ipv4-num.csv', ipv6: 'asn-ipv6.csv' };
const COUNTRIES = {
  package: '@ip-location-db/asn-country',
  ipv4: 'asn-country-ipv4-num.csv',
  ipv6: 'asn-country-ipv6.csv',
};

/** The versions that are installed; null where they are not. */
export function bundledVersion(): string | null {
  try {
    return [SYSTEMS, COUNTRIES].map(({ package: name }) => `${name} ${versionOf(name)}`).join(', ');
  } catch {
    return null;
  }
}

/** What both packages say. */
export function readBundledData(): PlaceData | RefusedFile {
  const skipped = new Skipped();
  const names = new Map<number, string>();
  const read = ({ package: name, ipv4, ipv6 }: typeof SYSTEMS, readValue: (text: string) => number) => {
    const file = (path: string) => readFileSync(join(folderOf(name), path));
    return {
      ipv4: readRangeCsv(file(ipv4), 1, readValue, skipped, names),
      ipv6: readRangeCsv(file(ipv6), 4, readValue, skipped, names),
    };
  };
  try {
    return {
      autonomousSystems: read(SYSTEMS, publicAsnOfText),
      countries: read(COUNTRIES, countryOfText),
      names,
      madeMs: madeMs(versionOf(SYSTEMS.package)),
      skipped: skipped.counts,
      cutShort: null,
    };
  } catch (error) {
    return { refused: `the data that comes with Weir is not installed: ${whyUnreadable(error)}` };
  }
}

function folderOf(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8')) as { version: string }).version;
}

/** The version ends in the day and hour of the data: 2.3.2026061719. */
function madeMs(version: string): number {
  const [, year, month, day, hour] = /\.(\d{4})(\d\d)(\d\d)(\d\d)$/.exec(version) ?? [];
  return year === undefined ? 0 : Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour));
}
