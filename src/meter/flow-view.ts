import { F64, NO_LABEL, RECORD_F64, RECORD_U32, STATE, STATE_SHIFT, U32 } from './flow-record.ts';
import type { FlowColumns, Flows } from './flows.ts';
import type { MeterSampling } from './meter-options.ts';
import { applicationIn, clientSideIn, evidenceIn, nameSourceIn, securityIn } from './recognition/flow-naming.ts';
import { samplingRate } from './sampler.ts';

/** One flow as columns: what a sink reads. It is filled again for each flow. */
export class FlowView implements FlowColumns {
  readonly srcAddr = new Uint32Array(4);
  readonly dstAddr = new Uint32Array(4);
  readonly srcPort = new Uint16Array(1);
  readonly dstPort = new Uint16Array(1);
  readonly protocol = new Uint8Array(1);
  readonly icmpType = new Uint8Array(1);
  readonly icmpCode = new Uint8Array(1);
  readonly bytes = new Float64Array(1);
  readonly packets = new Float64Array(1);
  readonly start = new Float64Array(1);
  readonly end = new Float64Array(1);
  readonly tcpFlags = new Uint8Array(1);
  readonly revBytes = new Float64Array(1);
  readonly revPackets = new Float64Array(1);
  readonly revStart = new Float64Array(1);
  readonly revEnd = new Float64Array(1);
  readonly revTcpFlags = new Uint8Array(1);
  readonly tos = new Uint8Array(1);
  readonly revTos = new Uint8Array(1);
  readonly ttl = new Uint8Array(1);
  readonly flowLabel = new Uint32Array(1);
  readonly vlan = new Uint16Array(1);
  readonly innerVlan = new Uint16Array(1);
  readonly srcMacHi = new Uint16Array(1);
  readonly srcMacLo = new Uint32Array(1);
  readonly dstMacHi = new Uint16Array(1);
  readonly dstMacLo = new Uint32Array(1);
  readonly mplsLabel = new Uint32Array(1);
  readonly inIf = new Uint32Array(1);
  readonly outIf = new Uint32Array(1);
  readonly tunnel = new Uint32Array(1);
  readonly spi = new Uint32Array(1);
  readonly ipsec = new Uint8Array(1);
  readonly continued = new Uint8Array(1);
  readonly application = new Uint16Array(1);
  readonly evidence = new Uint8Array(1);
  readonly security = new Uint8Array(1);
  readonly serverName = new Uint32Array(1);
  readonly nameSource = new Uint8Array(1);
  readonly clientSide = new Uint8Array(1);
  readonly sampling = new Uint32Array(1);
  readonly wholeFlows: boolean;
  readonly tunnels: readonly string[];
  readonly names: readonly string[];

  constructor(tunnels: readonly string[], names: readonly string[], sampling: MeterSampling) {
    this.tunnels = tunnels;
    this.names = names;
    this.sampling[0] = samplingRate(sampling);
    this.wholeFlows = sampling.kind === 'flow';
  }

  /** Takes record `slot` out of the memory of the table. */
  load(f64: Float64Array, u32: Uint32Array, slot: number): void {
    const f = slot * RECORD_F64;
    const u = slot * RECORD_U32;
    this.loadCounters(f64, f);
    for (let word = 0; word < 4; word++) {
      this.srcAddr[word] = u32[u + U32.src + word]!;
      this.dstAddr[word] = u32[u + U32.dst + word]!;
    }
    // Typed arrays keep the low bits of what they are given.
    const ports = u32[u + U32.ports]!;
    this.srcPort[0] = ports >>> 16;
    this.dstPort[0] = ports;
    this.protocol[0] = u32[u + U32.kind]!;
    this.icmpType[0] = u32[u + U32.icmp]!;
    this.icmpCode[0] = u32[u + U32.icmp]! >>> 8;
    const flags = u32[u + U32.flags]!;
    this.tcpFlags[0] = flags;
    this.revTcpFlags[0] = flags >>> 8;
    this.ttl[0] = flags >>> 16;
    this.continued[0] = (flags >>> STATE_SHIFT) & STATE.continued ? 1 : 0;
    this.loadRest(u32, u);
  }

  /** Takes a record that was turned: what its packets had on the way there is not known of the way back. */
  loadTurned(f64: Float64Array, u32: Uint32Array, slot: number): void {
    this.load(f64, u32, slot);
    this.ttl[0] = 0;
    this.flowLabel[0] = 0;
    this.mplsLabel[0] = NO_LABEL;
    this.outIf[0] = this.inIf[0]!;
    this.inIf[0] = 0;
  }

  /** Counters and times alone; `f` is where the record begins. */
  loadCounters(f64: Float64Array, f: number): void {
    this.bytes[0] = f64[f + F64.bytes]!;
    this.packets[0] = f64[f + F64.packets]!;
    this.start[0] = f64[f + F64.start]!;
    this.end[0] = f64[f + F64.end]!;
    this.revBytes[0] = f64[f + F64.revBytes]!;
    this.revPackets[0] = f64[f + F64.revPackets]!;
    this.revStart[0] = f64[f + F64.revStart]!;
    this.revEnd[0] = f64[f + F64.revEnd]!;
  }

  private loadRest(u32: Uint32Array, u: number): void {
    const tos = u32[u + U32.tos]!;
    this.tos[0] = tos;
    this.revTos[0] = tos >>> 8;
    this.ipsec[0] = tos >>> 16;
    this.flowLabel[0] = u32[u + U32.flowLabel]!;
    this.vlan[0] = u32[u + U32.vlans]!;
    this.innerVlan[0] = u32[u + U32.vlans]! >>> 16;
    this.srcMacHi[0] = u32[u + U32.macsHi]!;
    this.dstMacHi[0] = u32[u + U32.macsHi]! >>> 16;
    this.srcMacLo[0] = u32[u + U32.srcMacLo]!;
    this.dstMacLo[0] = u32[u + U32.dstMacLo]!;
    this.mplsLabel[0] = u32[u + U32.mplsLabel]!;
    this.inIf[0] = u32[u + U32.inIf]!;
    this.tunnel[0] = u32[u + U32.tunnel]!;
    this.spi[0] = u32[u + U32.spi]!;
    const naming = u32[u + U32.naming]!;
    this.application[0] = applicationIn(naming);
    this.evidence[0] = evidenceIn(naming);
    this.security[0] = securityIn(naming);
    this.nameSource[0] = nameSourceIn(naming);
    this.clientSide[0] = clientSideIn(naming);
    this.serverName[0] = u32[u + U32.serverName]!;
  }
}

/** The same with the other direction beside it. */
export class TwoWayView extends FlowView implements Flows {
  readonly back: FlowView;

  constructor(tunnels: readonly string[], names: readonly string[], sampling: MeterSampling) {
    super(tunnels, names, sampling);
    this.back = new FlowView(tunnels, names, sampling);
  }
}
