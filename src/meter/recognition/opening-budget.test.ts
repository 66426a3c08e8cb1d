import { describe, expect, it } from 'vitest';
import { initialPacket } from '../../packet/application/quic-initial.testing.ts';
import { Conversations } from './conversations.testing.ts';

const INITIAL = initialPacket();
const NAME = 'example.com';
const FLOOD = 3_000;
/** Of one sender's share and of what all have, saved up and for the tenth of a second that the flood takes. */
const MOST_OPENED = 64 + 2 + 2_000 + 100;
const STEP_MS = 100 / FLOOD;

class Senders {
  readonly conversations = new Conversations({ maxFlows: 16_384 });
  private timeMs = this.conversations.timeMs;

  /** Each a flow of its own. */
  send(from: string, flows: number, bytes: Buffer = INITIAL): void {
    for (let i = 0; i < flows; i++) {
      this.timeMs += STEP_MS;
      this.conversations.timeMs = this.timeMs;
      this.conversations.udp({ from, fromPort: 1_024 + i, toPort: 443 }, bytes);
    }
  }

  /** How many flows of each sender have a name of a server by their own payload, and whether all are known as QUIC. */
  ended(): { named: Map<string, number>; areQuic: boolean } {
    const named = new Map<string, number>();
    let areQuic = true;
    for (const { flow, name, source, application } of this.conversations.end()) {
      const from = flow.slice(0, flow.indexOf(':'));
      // Not what the same client was told before of the same address.
      if (name === NAME && source === 'payload') named.set(from, (named.get(from) ?? 0) + 1);
      areQuic &&= application === 'quic';
    }
    return { named, areQuic };
  }
}

const clients = Array.from({ length: 32 }, (_, i) => `10.1.${i}.7`);

describe('decrypting Initial packets of QUIC', () => {
  it('names all flows of usual traffic', () => {
    const senders = new Senders();
    for (const client of clients) senders.send(client, 3);
    expect(senders.conversations.meter.counts.initialsCut).toBe(0);
    expect([...senders.ended().named.values()]).toEqual(clients.map(() => 3));
  });

  it('is bounded in a flood, which is counted; flows stay QUIC, and those of other clients have their names', () => {
    const senders = new Senders();
    senders.send('10.9.9.9', FLOOD);
    for (const client of clients) senders.send(client, 2);
    const cut = senders.conversations.meter.counts.initialsCut;
    const { named, areQuic } = senders.ended();
    expect(named.get('10.9.9.9')).toBeLessThanOrEqual(MOST_OPENED);
    expect(named.get('10.9.9.9')).toBeGreaterThan(2_000);
    expect(cut).toBeGreaterThanOrEqual(FLOOD - MOST_OPENED);
    expect(areQuic).toBe(true);
    // One in 64 has the same share as the flood.
    expect(clients.filter((client) => named.get(client) === 2).length).toBeGreaterThan(24);
  });

  it('is bounded for what cannot be opened, too', () => {
    const changed = Buffer.from(INITIAL);
    changed[900]! ^= 1;
    const senders = new Senders();
    senders.send('10.9.9.9', FLOOD, changed);
    expect(senders.conversations.meter.counts.initialsCut).toBeGreaterThanOrEqual(FLOOD - MOST_OPENED);
  });

  it('goes on when time has passed', () => {
    const senders = new Senders();
    senders.send('10.9.9.9', FLOOD);
    const before = senders.conversations.meter.counts.initialsCut;
    expect(before).toBeGreaterThan(0);
    // A leap of a second: the clock believes it at once.
    senders.conversations.timeMs += 1_000;
    for (let i = 0; i < 10; i++)
      senders.conversations.udp({ from: '10.9.9.9', fromPort: 50_000 + i, toPort: 443 }, INITIAL);
    expect(senders.conversations.meter.counts.initialsCut).toBe(before);
  });
});
