import { createRequire } from 'node:module';
import { parseAddress } from '../../flow/index.ts';
import { hostName } from './host-name.ts';

/** By `require`: to import CommonJS Node compiles a lexer for it, which takes 5 MB as long as the process lives. */
const { decode } = createRequire(import.meta.url)('dns-packet') as typeof import('dns-packet');

/** What an answer of DNS says: addresses of the name that was asked for. */
export interface DnsAnswer {
  readonly name: string;
  readonly addresses: readonly (readonly [number, number, number, number])[];
}

/** Null for what is no answer, or has no addresses; names that lead on to others (CNAME) are passed over: the one that was asked for counts. */
export function dnsAnswer(message: Buffer): DnsAnswer | null {
  let packet: ReturnType<typeof decode>;
  try {
    packet = decode(message);
  } catch {
    return null;
  }
  const asked = packet.questions?.[0]?.name;
  const name = asked === undefined ? null : hostName(asked);
  if (packet.type !== 'response' || name === null) return null;
  const addresses: (readonly [number, number, number, number])[] = [];
  for (const answer of packet.answers ?? []) {
    if (answer.type !== 'A' && answer.type !== 'AAAA') continue;
    const address = parseAddress(answer.data);
    if (address) addresses.push(address);
  }
  return addresses.length > 0 ? { name, addresses } : null;
}
