import { crc32 } from 'node:zlib';

/**
 * A line of a file that is appended to: JSON that ends with the CRC-32 of itself without that end. As a member of the list or object it stays JSON for other
 * programs, and for versions of Weir from before there was one, which step over it. Lines of these have none and are read as they are.
 */
const MARK = /,?"crc32(?::|":")([0-9a-f]{8})"[\]}]$/;

/** `value` as a line with its end; a list or an object. */
export function checkedLine(value: object): string {
  const text = JSON.stringify(value);
  const sum = crc32(text).toString(16).padStart(8, '0');
  const comma = text.length > 2 ? ',' : '';
  return `${text.slice(0, -1)}${comma}${Array.isArray(value) ? `"crc32:${sum}"]` : `"crc32":"${sum}"}`}\n`;
}

/** What a line says, without its checksum; undefined where it is torn, was changed, or never was a list or an object. */
export function readLine(line: string): object | undefined {
  const mark = MARK.exec(line);
  const text = mark ? line.slice(0, mark.index) + line.slice(-1) : line;
  if (mark && crc32(text) !== Number.parseInt(mark[1]!, 16)) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
