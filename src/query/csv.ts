import type { JsonValue } from '../flow/index.ts';

/** One line of CSV (RFC 4180: quotes where they are needed, doubled inside, CRLF). What is not known is an empty field. */
export function csvLine(values: readonly JsonValue[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

function csvField(value: JsonValue): string {
  if (value === null) return '';
  const text = String(value);
  return typeof value === 'string' && /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
