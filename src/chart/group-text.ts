import { NOT_KNOWN } from './chart-looks.ts';

/** What an answer says its values are called. */
export interface AnswerNames {
  /** Of autonomous systems by number. */
  readonly as_names?: Readonly<Record<string, string>> | undefined;
  /** Of exporters by address. */
  readonly exporter_names?: Readonly<Record<string, string>> | undefined;
  /** Of interfaces by address of the exporter and number. */
  readonly interface_names?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
}

/**
 * A value of a dimension in words: `AS15169 Google LLC`, `north (192.0.2.1)`, `uplink (1)`. Nobody has AS 0 (RFC 7607): it says that none is known. `exporter`: whose interface
 * it is.
 */
export function valueText(dimension: string, value: string, names: AnswerNames = {}, exporter = ''): string {
  const isAs = /(^|_)as$/.test(dimension);
  if (value === '' || (isAs && value === '0')) return NOT_KNOWN;
  if (isAs) {
    const name = own(names.as_names, value);
    return name === undefined ? `AS${value}` : `AS${value} ${name}`;
  }
  const name = calledBy(dimension, value, names, exporter);
  // Several may have one name.
  return name === undefined ? value : `${name} (${value})`;
}

/** A group in words: its values by their dimensions. */
export function groupText(dimensions: readonly string[], names?: AnswerNames): (group: readonly string[]) => string {
  return (group) => groupTexts(dimensions, group, names).join(' · ');
}

/** Each value of a group in words. */
export function groupTexts(dimensions: readonly string[], group: readonly string[], names?: AnswerNames): string[] {
  const exporter = exporterOf(dimensions, group);
  return group.map((value, i) => valueText(dimensions[i] ?? '', value, names, exporter));
}

/** The exporter of a group; empty where it has none. */
export function exporterOf(dimensions: readonly string[], group: readonly string[]): string {
  return group[dimensions.indexOf('exporter')] ?? '';
}

function calledBy(dimension: string, value: string, names: AnswerNames, exporter: string): string | undefined {
  if (dimension === 'exporter') return own(names.exporter_names, value);
  if (dimension === 'in_if' || dimension === 'out_if') return own(own(names.interface_names, exporter), value);
  return undefined;
}

function own<T>(of: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return of !== undefined && Object.hasOwn(of, key) ? of[key] : undefined;
}
