import type { FlowBatch } from '../../flow/index.ts';
import { GROUP, type SampleFields } from './sample-fields.ts';

/** The columns of one batch that only some samples fill, by group. */
export class GroupColumns {
  private readonly outVlan: Uint16Array;
  private readonly innerVlan: Uint16Array;
  private readonly flowLabel: Uint32Array;
  private readonly label1: Uint32Array;
  private readonly label2: Uint32Array;
  private readonly label3: Uint32Array;
  private readonly nextHopHi: Uint32Array;
  private readonly nextHopLo: Uint32Array;
  private readonly srcMask: Uint8Array;
  private readonly dstMask: Uint8Array;
  private readonly bgpHi: Uint32Array;
  private readonly bgpLo: Uint32Array;
  private readonly srcAs: Uint32Array;
  private readonly dstAs: Uint32Array;
  private readonly srcPeerAs: Uint32Array;
  private readonly dstPeerAs: Uint32Array;
  private readonly asPath: Uint32Array;
  private readonly srcNatHi: Uint32Array;
  private readonly srcNatLo: Uint32Array;
  private readonly dstNatHi: Uint32Array;
  private readonly dstNatLo: Uint32Array;
  private readonly srcNatPort: Uint16Array;
  private readonly dstNatPort: Uint16Array;
  private readonly user: Uint32Array;
  private readonly serverName: Uint32Array;
  private readonly tunnel: Uint32Array;
  private readonly forwarding: Uint8Array;
  private readonly source: Uint32Array;
  private readonly spi: Uint32Array;
  private readonly ipsec: Uint8Array;

  constructor(batch: FlowBatch) {
    this.outVlan = batch.u16('out_vlan');
    this.innerVlan = batch.u16('inner_vlan');
    this.flowLabel = batch.u32('flow_label');
    this.label1 = batch.u32('mpls_label');
    this.label2 = batch.u32('mpls_label2');
    this.label3 = batch.u32('mpls_label3');
    this.nextHopHi = batch.u32('next_hop_hi');
    this.nextHopLo = batch.u32('next_hop_lo');
    this.srcMask = batch.u8('src_mask');
    this.dstMask = batch.u8('dst_mask');
    this.bgpHi = batch.u32('bgp_next_hop_hi');
    this.bgpLo = batch.u32('bgp_next_hop_lo');
    this.srcAs = batch.u32('src_as');
    this.dstAs = batch.u32('dst_as');
    this.srcPeerAs = batch.u32('src_peer_as');
    this.dstPeerAs = batch.u32('dst_peer_as');
    this.asPath = batch.u32('as_path');
    this.srcNatHi = batch.u32('src_nat_hi');
    this.srcNatLo = batch.u32('src_nat_lo');
    this.dstNatHi = batch.u32('dst_nat_hi');
    this.dstNatLo = batch.u32('dst_nat_lo');
    this.srcNatPort = batch.u16('src_nat_port');
    this.dstNatPort = batch.u16('dst_nat_port');
    this.user = batch.u32('user');
    this.serverName = batch.u32('server_name');
    this.tunnel = batch.u32('tunnel');
    this.forwarding = batch.u8('forwarding');
    this.source = batch.u32('source');
    this.spi = batch.u32('spi');
    this.ipsec = batch.u8('ipsec');
  }

  write(f: SampleFields, row: number, sourceCode: number): void {
    const { groups, packet, labels } = f;
    if (groups & GROUP.tags) {
      this.outVlan[row] = f.outVlan;
      this.innerVlan[row] = f.strippedInnerVlan;
    }
    if (groups & GROUP.flowLabel) this.flowLabel[row] = packet.flowLabel;
    if (groups & GROUP.mpls) {
      this.label1[row] = labels[0]!;
      this.label2[row] = labels[1]!;
      this.label3[row] = labels[2]!;
    }
    if (groups & GROUP.router) {
      setAddress(this.nextHopHi, this.nextHopLo, row, f.nextHop);
      this.srcMask[row] = f.srcMask;
      this.dstMask[row] = f.dstMask;
    }
    if (groups & GROUP.gateway) this.writeGateway(f, row);
    if (groups & GROUP.nat) {
      setAddress(this.srcNatHi, this.srcNatLo, row, f.srcNat);
      setAddress(this.dstNatHi, this.dstNatLo, row, f.dstNat);
      this.srcNatPort[row] = f.srcNatPort;
      this.dstNatPort[row] = f.dstNatPort;
    }
    if (groups & GROUP.names) {
      this.user[row] = f.user;
      this.serverName[row] = f.serverName;
    }
    if (groups & GROUP.tunnel) this.tunnel[row] = f.tunnel;
    if (groups & GROUP.forwarding) this.forwarding[row] = f.forwarding;
    if (groups & GROUP.source) this.source[row] = sourceCode;
    if (groups & GROUP.secured) {
      this.spi[row] = packet.spi;
      this.ipsec[row] = packet.ipsec;
    }
  }

  private writeGateway(f: SampleFields, row: number): void {
    setAddress(this.bgpHi, this.bgpLo, row, f.bgpNextHop);
    this.srcAs[row] = f.srcAs;
    this.dstAs[row] = f.dstAs;
    this.srcPeerAs[row] = f.srcPeerAs;
    this.dstPeerAs[row] = f.dstPeerAs;
    this.asPath[row] = f.asPath;
  }
}

function setAddress(hi: Uint32Array, lo: Uint32Array, row: number, words: Uint32Array): void {
  hi[2 * row] = words[1]!;
  hi[2 * row + 1] = words[0]!;
  lo[2 * row] = words[3]!;
  lo[2 * row + 1] = words[2]!;
}
