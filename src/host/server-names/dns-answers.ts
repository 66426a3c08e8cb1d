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

/** Longer chains of names that lead on to others (CNAME) no resolver follows. */
const MOST_STEPS = 16;

/**
 * Null for what is no answer, or has no addresses of the name that was asked for: of itself, or of those that it leads to (RFC 1034 section 3.6.2). The name is the one that was
 * asked for.
 */
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
  const answers = packet.answers ?? [];
  const leadTo = new Map<string, string>();
  for (const answer of answers) if (answer.type === 'CNAME') leadTo.set(answer.name.toLowerCase(), answer.data);
  const names = new Set<string>();
  for (let next: string | undefined = name; next !== undefined && names.size < MOST_STEPS; ) {
    if (names.has(next)) break;
    names.add(next);
    next = leadTo.get(next)?.toLowerCase();
  }
  const addresses: (readonly [number, number, number, number])[] = [];
  for (const answer of answers) {
    if (answer.type !== 'A' && answer.type !== 'AAAA') continue;
    const address = names.has(answer.name.toLowerCase()) ? parseAddress(answer.data) : null;
    if (address) addresses.push(address);
  }
  return addresses.length > 0 ? { name, addresses } : null;
}
