import type { Payload } from './payload.ts';
import { ascii, wordStandsAt } from './payload-bytes.ts';

/** Words that lines begin with, to compare payloads with. */
export const words = (...texts: string[]): readonly Uint8Array[] => texts.map(ascii);

/** Whether the payload begins with one of them, in large or small letters. */
export function beginsWith(payload: Payload, choices: readonly Uint8Array[]): boolean {
  for (let i = 0; i < choices.length; i++) if (wordStandsAt(payload, 0, choices[i]!)) return true;
  return false;
}
