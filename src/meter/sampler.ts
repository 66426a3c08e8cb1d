import { randomInt } from 'node:crypto';
import type { PacketFields } from '../packet/index.ts';
import { packetKind } from './icmp-pairs.ts';
import { type HashSecrets, hashEnd, hashPair, hashSecrets } from './key-hash.ts';
import type { MeterSampling } from './meter-options.ts';

const TWO_32 = 0x1_0000_0000;
/** The largest value of the column `sampling`. */
const MOST_RATE = 0xffff_ffff;

/** Chooses the packets that are metered, where not all are (RFC 5475). */
export interface Sampler {
  takes(fields: PacketFields): boolean;
}

/** The rate of the records: 1 where all packets are metered. */
export function samplingRate(sampling: MeterSampling): number {
  return sampling.kind === 'none' ? 1 : Math.min(MOST_RATE, Math.max(1, Math.round(sampling.rate)));
}

/** Null where all packets are metered. */
export function createSampler(sampling: MeterSampling): Sampler | null {
  const rate = samplingRate(sampling);
  if (sampling.kind === 'none' || rate === 1) return null;
  if (sampling.kind === 'flow') return new ByFlow(rate, sampling.seed);
  const seed = sampling.seed ?? randomInt(TWO_32);
  return sampling.kind === 'systematic' ? new EachNth(rate, seed) : new ByChance(rate, seed);
}

/** RFC 5475 section 5.1: every `rate`-th packet, from one that the seed chooses. */
class EachNth implements Sampler {
  private readonly rate: number;
  private left: number;

  constructor(rate: number, seed: number) {
    this.rate = rate;
    this.left = seed % rate;
  }

  takes(): boolean {
    if (this.left > 0) {
      this.left -= 1;
      return false;
    }
    this.left = this.rate - 1;
    return true;
  }
}

/** RFC 5475 section 5.2.2: each packet with the same chance, whatever was drawn before; no pattern of the traffic can fall in step with it. */
class ByChance implements Sampler {
  private readonly below: number;
  private state: number;

  constructor(rate: number, seed: number) {
    this.below = TWO_32 / rate;
    this.state = seed | 0;
  }

  /** SplitMix32: an even step, and the finaliser of MurmurHash3 (A. Appleby). */
  takes(): boolean {
    this.state = (this.state + 0x9e3779b9) | 0;
    let h = this.state;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0 < this.below;
  }
}

/** RFC 5475 section 6.2: a hash of the key decides, the same for both directions, so that flows are whole or not there. */
class ByFlow implements Sampler {
  private readonly below: number;
  private readonly secrets: HashSecrets;

  constructor(rate: number, seed?: number) {
    this.below = TWO_32 / rate;
    this.secrets = hashSecrets(seed);
  }

  takes(fields: PacketFields): boolean {
    const { secrets } = this;
    const src = hashEnd(secrets, fields.srcAddr, fields.srcPort);
    const dst = hashEnd(secrets, fields.dstAddr, fields.dstPort);
    return hashPair(secrets, src, dst, packetKind(fields.protocol, 0, 0), 0, 0) >>> 0 < this.below;
  }
}
