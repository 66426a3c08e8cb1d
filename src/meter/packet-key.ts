import { IPSEC, type PacketFields, TUNNEL } from '../packet/index.ts';
import { RECORD_U32, U32 } from './flow-record.ts';
import { commonKind, packetKind, pairKind, reverseKind } from './icmp-pairs.ts';
import { type HashSecrets, hashEnd, hashPair } from './key-hash.ts';
import type { TunnelTable } from './tunnel-table.ts';

/**
 * The key of a packet, filled again for each: addresses (read from `fields`), ports, protocol, ICMP type and code, the tunnel, and the SPI of ESP that
 * cannot be seen into. Its words are integers of 32 bits with their sign.
 */
export class PacketKey {
  ports = 0;
  kind = 0;
  tunnel = 0;
  tunnelKey = 0;
  spi = 0;
  /** Both directions have the same, save in flows of one direction in a tunnel whose numbers are those of their receiver. */
  hash = 0;
  private readonly biflow: boolean;
  private readonly secrets: HashSecrets;
  private readonly tunnels: TunnelTable;

  constructor(biflow: boolean, secrets: HashSecrets, tunnels: TunnelTable) {
    this.biflow = biflow;
    this.secrets = secrets;
    this.tunnels = tunnels;
  }

  take(fields: PacketFields): void {
    const { secrets } = this;
    const { srcPort, dstPort, protocol, icmpType, icmpCode } = fields;
    this.ports = (srcPort << 16) | dstPort;
    this.spi = fields.ipsec === IPSEC.opaque ? fields.spi | 0 : 0;
    this.kind = this.biflow ? pairKind(protocol, icmpType, icmpCode) : packetKind(protocol, icmpType, icmpCode);
    const tunnelHash = fields.tunnel === TUNNEL.none ? this.noTunnel() : this.takeTunnel(fields);
    const src = hashEnd(secrets, fields.srcAddr, srcPort);
    const dst = hashEnd(secrets, fields.dstAddr, dstPort);
    this.hash = hashPair(secrets, src, dst, commonKind(this.kind), tunnelHash, this.spi);
  }

  private noTunnel(): number {
    this.tunnel = 0;
    this.tunnelKey = 0;
    return 0;
  }

  private takeTunnel(fields: PacketFields): number {
    this.tunnel = this.tunnels.of(fields);
    const hash = this.biflow ? this.tunnels.pairKey(fields) : this.tunnels.hashOf(this.tunnel);
    this.tunnelKey = this.biflow ? hash : this.tunnel;
    return hash;
  }

  /** Whether the record at word `u` is of this key and this direction. */
  isForward(u32: Uint32Array, u: number, fields: PacketFields): boolean {
    const { srcAddr, dstAddr } = fields;
    return (
      u32[u + U32.src + 3] === srcAddr[3] &&
      u32[u + U32.dst + 3] === dstAddr[3] &&
      (u32[u + U32.ports]! | 0) === this.ports &&
      (u32[u + U32.kind]! | 0) === this.kind &&
      (u32[u + U32.tunnelKey]! | 0) === this.tunnelKey &&
      (u32[u + U32.spiKey]! | 0) === this.spi &&
      u32[u + U32.src] === srcAddr[0] &&
      u32[u + U32.src + 1] === srcAddr[1] &&
      u32[u + U32.src + 2] === srcAddr[2] &&
      u32[u + U32.dst] === dstAddr[0] &&
      u32[u + U32.dst + 1] === dstAddr[1] &&
      u32[u + U32.dst + 2] === dstAddr[2]
    );
  }

  /** The same for the other direction. Each direction has a tunnel of its own where it is a flow of its own: then that is not looked at. */
  isReverse(u32: Uint32Array, u: number, fields: PacketFields): boolean {
    const { srcAddr, dstAddr } = fields;
    return (
      u32[u + U32.src + 3] === dstAddr[3] &&
      u32[u + U32.dst + 3] === srcAddr[3] &&
      (u32[u + U32.ports]! | 0) === ((fields.dstPort << 16) | fields.srcPort) &&
      // What is opaque has another SPI in the other direction.
      this.spi === 0 &&
      u32[u + U32.spiKey] === 0 &&
      (u32[u + U32.kind]! | 0) === reverseKind(this.kind) &&
      (!this.biflow || (u32[u + U32.tunnelKey]! | 0) === this.tunnelKey) &&
      u32[u + U32.src] === dstAddr[0] &&
      u32[u + U32.src + 1] === dstAddr[1] &&
      u32[u + U32.src + 2] === dstAddr[2] &&
      u32[u + U32.dst] === srcAddr[0] &&
      u32[u + U32.dst + 1] === srcAddr[1] &&
      u32[u + U32.dst + 2] === srcAddr[2]
    );
  }

  /** Writes the key into the record of `slot`. */
  write(u32: Uint32Array, slot: number, fields: PacketFields): void {
    const u = slot * RECORD_U32;
    for (let word = 0; word < 4; word++) {
      u32[u + U32.src + word] = fields.srcAddr[word]!;
      u32[u + U32.dst + word] = fields.dstAddr[word]!;
    }
    u32[u + U32.ports] = this.ports;
    u32[u + U32.kind] = this.kind;
    u32[u + U32.tunnelKey] = this.tunnelKey;
    u32[u + U32.spiKey] = this.spi;
    u32[u + U32.hash] = this.hash;
  }
}
