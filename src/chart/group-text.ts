import { NOT_KNOWN } from './chart-looks.ts';

/** Names of autonomous systems by number, as an answer has them. */
export type AsNames = Readonly<Record<string, string>>;

/** A value of a dimension in words: `AS15169 Google LLC`. Nobody has AS 0 (RFC 7607): it says that none is known. */
export function valueText(dimension: string, value: string, asNames: AsNames = {}): string {
  const isAs = /(^|_)as$/.test(dimension);
  if (value === '' || (isAs && value === '0')) return NOT_KNOWN;
  if (!isAs) return value;
  const name = Object.hasOwn(asNames, value) ? asNames[value] : undefined;
  return name === undefined ? `AS${value}` : `AS${value} ${name}`;
}

/** A group in words: its values by their dimensions. */
export function groupText(dimensions: readonly string[], asNames?: AsNames): (group: readonly string[]) => string {
  return (group) => group.map((value, i) => valueText(dimensions[i] ?? '', value, asNames)).join(' · ');
}
