import { applicationName, applicationNumber } from '../../flow/index.ts';
import { newFinding } from './finding.ts';
import type { Openings, Payload } from './payload.ts';
import { recognise } from './recognise.ts';

/** What a recogniser said, as texts. */
export interface Recognised {
  application: string;
  candidate: string;
  name: string;
  security: number;
  more: boolean;
  watch: boolean;
  announced: { port: number; protocol: number; application: string; address: number[] }[];
  named: { address: number[]; ttl: number }[];
}

export interface Around {
  protocol?: number;
  from?: number;
  to?: number;
  side?: 0 | 1;
  turn?: number;
  application?: string;
  candidate?: string;
}

/** All may be opened. */
export const UNBOUNDED: Openings = { take: () => true };

/** A payload of TCP, if nothing else is said, from a client's port to one that no server is known by. */
export function payloadOf(content: string | Uint8Array, around: Around = {}): Payload {
  // Not at the beginning of its buffer, as in a packet.
  const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
  const data = new Uint8Array(bytes.length + 7);
  data.set(bytes, 7);
  return {
    data: new DataView(data.buffer),
    at: 7,
    length: bytes.length,
    protocol: around.protocol ?? 6,
    srcPort: around.from ?? 50_001,
    dstPort: around.to ?? 50_002,
    srcAddr: Uint32Array.of(0, 0, 0xffff, 0xc0000201),
    dstAddr: Uint32Array.of(0, 0, 0xffff, 0xc6336401),
    side: around.side ?? 0,
    turn: around.turn ?? 0,
    application: numberOf(around.application),
    candidate: numberOf(around.candidate),
    openings: UNBOUNDED,
  };
}

const numberOf = (name?: string) => (name ? applicationNumber(name as 'http') : 0);

/** What `recognise` says of it. */
export function recognised(content: string | Uint8Array, around: Around = {}): Recognised {
  const out = newFinding();
  recognise(payloadOf(content, around), out);
  return {
    application: applicationName(out.application),
    candidate: applicationName(out.candidate),
    name: Buffer.from(out.name.subarray(0, out.nameLength)).toString('utf8'),
    security: out.security,
    more: out.more,
    watch: out.watch,
    announced: out.announcements.slice(0, out.announced).map(({ address, port, protocol, application }) => ({
      port,
      protocol,
      application: applicationName(application),
      address: [...address],
    })),
    named: out.namedAddresses.slice(0, out.named).map(({ address, ttl }) => ({ address: [...address], ttl })),
  };
}
