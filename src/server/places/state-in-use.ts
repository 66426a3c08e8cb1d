import type { PlaceSourceStatus } from './place-messages.ts';

/** Which state of a file is used that has a problem. */
export function inUse({ used, partial }: Pick<PlaceSourceStatus, 'used' | 'partial'>): string {
  if (!used) return 'nothing of it is used';
  return partial ? 'the part of it that could be read is used' : 'its state before this one is used';
}
