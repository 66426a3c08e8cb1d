import { formatAddress, isUnknownAddress, wordsOf } from '../../flow/index.ts';
import type { RawValue } from '../../store/index.ts';

export interface ServerKey {
  /** Null: not known. */
  readonly server: string | null;
  readonly port: number;
  readonly protocol: number;
}

/** From the columns of SERVER. */
export function keyOf([high, low, port, protocol]: readonly RawValue[]): ServerKey {
  const address = wordsOf(BigInt(high as bigint), BigInt(low as bigint));
  return {
    server: isUnknownAddress(address) ? null : formatAddress(address),
    port: Number(port),
    protocol: Number(protocol),
  };
}
