import type { ExportedFlow } from './exported-flow.ts';
import { type Column, MAX_TEXT } from './field-kinds.ts';

/** Octets of each text where a record is longer than a message: enough for what tells programs and users apart. */
const SHORT_TEXT = 48;

/** Whether a text of the record is longer than its field. */
export function isCut(flow: ExportedFlow, texts: readonly Column[]): boolean {
  for (let i = 0; i < texts.length; i++) if (isLong(flow[texts[i]!])) return true;
  return false;
}

function isLong(text: ExportedFlow[string]): boolean {
  // No character takes more than three octets for each of its UTF-16 words.
  return typeof text === 'string' && text.length * 3 > MAX_TEXT && Buffer.byteLength(text) > MAX_TEXT;
}

/** The record with texts so short that it fits into a message. */
export function shortened(flow: ExportedFlow, texts: readonly Column[]): ExportedFlow {
  const known = texts.filter((column) => typeof flow[column] === 'string');
  return { ...flow, ...Object.fromEntries(known.map((column) => [column, start(String(flow[column]))])) };
}

/** The first octets of a text, in whole characters. */
const start = (text: string): string => {
  const octets = new Uint8Array(SHORT_TEXT);
  return new TextDecoder().decode(octets.subarray(0, new TextEncoder().encodeInto(text, octets).written));
};
