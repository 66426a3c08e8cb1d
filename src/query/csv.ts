import type { JsonValue } from '../flow/index.ts';

/** One line of CSV (RFC 4180: quotes where they are needed, doubled inside), ended as lines are on Unix: awk takes a CR for a part of the last field. What is not known is an empty field. */
export function csvLine(values: readonly JsonValue[]): string {
  return `${values.map(csvField).join(',')}\n`;
}

function csvField(value: JsonValue): string {
  if (value === null) return '';
  const text = String(value);
  return typeof value === 'string' && /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The same for spreadsheets, which take a text that begins so for a formula, and would run what a name from the network says: an apostrophe stands before it (OWASP, CSV
 * Injection). Numbers stay numbers.
 */
export function spreadsheetLine(values: readonly JsonValue[]): string {
  return csvLine(
    values.map((value) => (typeof value === 'string' && /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value)),
  );
}
