import { type ColumnArray, enumCode, type FlowBatch, rowShape } from '../flow/index.ts';
import type { RowColumns } from './row-columns.ts';

const SHAPE = rowShape(['reach']);
const SAME_SUBNET = enumCode('reach', 'same_subnet');
const ON_SITE = enumCode('reach', 'on_site');
const OFF_SITE = enumCode('reach', 'off_site');
const MULTICAST = enumCode('reach', 'multicast');
const BROADCAST = enumCode('reach', 'broadcast');
/** By `direction`: unknown, in, out, inside, through. */
const BY_DIRECTION = Uint8Array.of(0, OFF_SITE, OFF_SITE, ON_SITE, OFF_SITE);

const MAPPED = 0xffff;
/** A shorter route is that of more than a subnet. */
const LEAST_MASK = 8;
/** The two addresses of a subnet of two (RFC 3021) are hosts. */
const MOST_BROADCAST_MASK = 30;

interface ReachArrays {
  readonly reach: Uint8Array;
  readonly direction: ColumnArray;
  readonly srcMask: ColumnArray;
  readonly dstMask: ColumnArray;
  readonly srcHi: Uint32Array;
  readonly srcLo: Uint32Array;
  readonly dstHi: Uint32Array;
  readonly dstLo: Uint32Array;
}

/**
 * Writes `reach`: to a group (224.0.0.0/4 of RFC 5771, ff00::/8 of RFC 4291) or to all (255.255.255.255, and the last address of the destination's subnet
 * where the exporter tells its length), within one subnet (both ends have the same route, or are link-local), else by direction.
 */
export class ReachLabels {
  private readonly columns: RowColumns;
  private batch: FlowBatch | null = null;
  private liveColumns = -1;
  private arrays!: ReachArrays;

  constructor(columns: RowColumns) {
    this.columns = columns;
  }

  bind(batch: FlowBatch): void {
    this.batch = batch;
    this.liveColumns = -1;
  }

  /** `isIpv4`: all their addresses are. */
  rows(isIpv4: boolean, from: number, to: number): void {
    const { batch } = this;
    if (batch === null) return;
    if (this.liveColumns !== batch.liveColumns) this.read(batch, from);
    const { reach, direction, srcMask, dstMask, srcHi, srcLo, dstHi, dstLo } = this.arrays;
    if (isIpv4) {
      for (let row = from; row < to; row++) {
        const near = reachOfIpv4(srcLo[2 * row]!, dstLo[2 * row]!, srcMask[row]!, dstMask[row]!);
        reach[row] = near === 0 ? BY_DIRECTION[direction[row]!]! : near;
      }
      return;
    }
    for (let row = from; row < to; row++) {
      const at = 2 * row;
      const byDirection = BY_DIRECTION[direction[row]!]!;
      if (dstLo[at + 1] === MAPPED && (dstHi[at]! | dstHi[at + 1]!) === 0) {
        const isFromIpv4 = srcLo[at + 1] === MAPPED && (srcHi[at]! | srcHi[at + 1]!) === 0;
        const near = reachOfIpv4(isFromIpv4 ? srcLo[at]! : 0, dstLo[at]!, srcMask[row]!, dstMask[row]!);
        reach[row] = near === 0 ? byDirection : near;
      } else {
        const near = reachOfIpv6(srcHi, dstHi, at, srcMask[row]!, dstMask[row]!);
        reach[row] = near === 0 ? byDirection : near;
      }
    }
  }

  private read(batch: FlowBatch, from: number): void {
    const { columns } = this;
    batch.claim(SHAPE, from);
    this.arrays = {
      reach: batch.u8('reach'),
      direction: columns.read(batch, 'direction'),
      srcMask: columns.read(batch, 'src_mask'),
      dstMask: columns.read(batch, 'dst_mask'),
      srcHi: columns.words(batch, 'src_hi'),
      srcLo: columns.words(batch, 'src_lo'),
      dstHi: columns.words(batch, 'dst_hi'),
      dstLo: columns.words(batch, 'dst_lo'),
    };
    this.liveColumns = batch.liveColumns;
  }
}

function reachOfIpv4(src: number, dst: number, srcMask: number, dstMask: number): number {
  if (dst >>> 28 === 0xe) return MULTICAST;
  if (dst === 0xffff_ffff) return BROADCAST;
  if (dst >>> 16 === 0xa9fe && src >>> 16 === 0xa9fe) return SAME_SUBNET;
  if (srcMask !== dstMask || srcMask < LEAST_MASK || srcMask > 32) return 0;
  const hosts = srcMask === 32 ? 0 : 0xffff_ffff >>> srcMask;
  if (((src ^ dst) & ~hosts) !== 0) return 0;
  return srcMask <= MOST_BROADCAST_MASK && (dst & hosts) >>> 0 === hosts ? BROADCAST : SAME_SUBNET;
}

/** By the upper 64 bits, which hold all of a subnet (RFC 4291 section 2.5.1). */
function reachOfIpv6(srcHi: Uint32Array, dstHi: Uint32Array, at: number, srcMask: number, dstMask: number): number {
  const dst = dstHi[at + 1]!;
  if (dst >>> 24 === 0xff) return MULTICAST;
  if (dst >>> 22 === 0x3fa) return SAME_SUBNET;
  if (srcMask !== dstMask || srcMask < 2 * LEAST_MASK || srcMask > 128) return 0;
  const low = srcMask >= 64 ? 0 : srcMask <= 32 ? 0xffff_ffff : 0xffff_ffff >>> (srcMask - 32);
  const high = srcMask >= 32 ? 0 : 0xffff_ffff >>> srcMask;
  return ((srcHi[at + 1]! ^ dst) & ~high) === 0 && ((srcHi[at]! ^ dstHi[at]!) & ~low) === 0 ? SAME_SUBNET : 0;
}
