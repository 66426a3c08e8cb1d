import type { AddressWords } from '../../flow/index.ts';
import { DNS, newFinding, readDns } from '../../packet/index.ts';

/** What an answer of DNS says: addresses of the name that was asked for. */
export interface DnsAnswer {
  readonly name: string;
  readonly addresses: readonly AddressWords[];
}

/** Filled and read within one call. */
const finding = newFinding();

/** Null for what is no answer, or has no addresses of the name that was asked for. */
export function dnsAnswer(message: Buffer): DnsAnswer | null {
  finding.nameLength = 0;
  finding.named = 0;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (readDns(view, 0, message.length, finding, true) !== DNS.answer || finding.named === 0) return null;
  const addresses = finding.namedAddresses
    .slice(0, finding.named)
    .map(({ address: [a, b, c, d] }): AddressWords => [a!, b!, c!, d!]);
  return { name: Buffer.from(finding.name.subarray(0, finding.nameLength)).toString('latin1'), addresses };
}
