import { type AddressWords, formatAddress, isUnknownAddress } from '../flow/index.ts';
import { TUNNELS } from './packet-codes.ts';

/**
 * A tunnel as the column `tunnel` has it, `vxlan 192.0.2.1 > 192.0.2.2 id 5000`. `kind` is a code of TUNNEL, 0 one whose kind is not known; end
 * points that are `::` and the number 0 are not told.
 */
export function tunnelText(kind: number, src: Uint32Array, dst: Uint32Array, id: number): string {
  const name = kind === 0 ? 'tunnel' : TUNNELS[kind]!;
  const ends = isUnknownAddress(wordsOf(src)) ? '' : ` ${formatAddress(wordsOf(src))} > ${formatAddress(wordsOf(dst))}`;
  return `${name}${ends}${id === 0 ? '' : ` id ${id}`}`;
}

function wordsOf(words: Uint32Array): AddressWords {
  return [words[0]!, words[1]!, words[2]!, words[3]!];
}
