import {
  type DissectOptions,
  dissectLink,
  FragmentPorts,
  IPSEC,
  newPacketFields,
  PACKET_PROBLEM,
  PACKET_PROBLEMS,
  type PacketFields,
} from '../packet/index.ts';
import type { FlowSink } from './flows.ts';
import { Meter } from './meter.ts';
import type { MeterOptions } from './meter-options.ts';
import { believedMs } from './packet-clock.ts';
import { repeatedBytes, segmentsOf } from './segments.ts';

export interface MeteringOptions {
  readonly meter: MeterOptions;
  readonly dissect: DissectOptions;
}

/** Kinds of IPsec: the codes of IPSEC. */
const IPSEC_KINDS = 5;

/** Packets of a capture, or of an interface, into a meter, with what was seen and what was not understood of them. */
export class Metering {
  readonly meter: Meter;
  packets = 0;
  /** Octets of whole frames as they went over the wire. */
  bytes = 0;
  /** Packets of which fewer bytes were captured than they had. */
  cut = 0;
  /** Packets that are in no flow, by code of PACKET_PROBLEM. What `fragments` counts as `inside` is in the flow of the packet that it is a part of. */
  readonly unmetered = new Float64Array(PACKET_PROBLEMS.length);
  /** Packets that are in a flow although they could not be read wholly, by code of PACKET_PROBLEM. */
  readonly partly = new Float64Array(PACKET_PROBLEMS.length);
  /** By code of IPSEC, save `none`; octets of whole frames. */
  readonly ipsecPackets = new Float64Array(IPSEC_KINDS);
  readonly ipsecBytes = new Float64Array(IPSEC_KINDS);
  readonly fragments = new FragmentPorts();
  private readonly dissect: DissectOptions;
  /** The last packet. */
  readonly fields: PacketFields = newPacketFields();

  constructor({ meter, dissect }: MeteringOptions, sink: FlowSink) {
    this.meter = new Meter(meter, sink);
    this.dissect = dissect;
  }

  /**
   * Takes one packet: `captured` bytes at `at`, of the `original` that it had. `timeMs` is NaN where the capture keeps none. `segmentBytes`: payload of each
   * segment where this host cuts the packet, or joined it; it then counts as what goes over the wire. 0: it is one.
   */
  packet(
    view: DataView,
    at: number,
    captured: number,
    original: number,
    linkType: number,
    timeMs: number,
    inIf: number,
    segmentBytes = 0,
  ): void {
    const { fields } = this;
    const time = believedMs(timeMs);
    this.packets += 1;
    this.bytes += original;
    if (captured < original) this.cut += 1;
    dissectLink(view, at, captured, linkType, fields, this.dissect);
    const { problem } = fields;
    if (!fields.hasIp) {
      this.unmetered[problem]! += 1;
      return;
    }
    if ((fields.fragment || fields.outerFragmentId >= 0) && !this.fragments.apply(fields, time)) return;
    if (problem !== PACKET_PROBLEM.none) this.partly[problem]! += 1;
    const { ipsec } = fields;
    if (ipsec !== IPSEC.none) {
      this.ipsecPackets[ipsec]! += 1;
      this.ipsecBytes[ipsec]! += original;
    }
    const octets = fields.ipBytes > 0 ? fields.ipBytes : octetsFromIp(fields, view, at, original);
    if (segmentBytes === 0) this.meter.packet(fields, octets, time, inIf);
    else this.segments(octets, repeatedBytes(fields, view), segmentBytes, time, inIf);
  }

  private segments(octets: number, repeated: number, segmentBytes: number, timeMs: number, inIf: number): void {
    const packets = segmentsOf(octets, repeated, segmentBytes);
    this.meter.packet(this.fields, octets + (packets - 1) * repeated, timeMs, inIf, packets);
  }
}

/**
 * Where the header does not say how long the packet is (segmentation offload, jumbograms): what the frame has from there on, of which only a part may be captured. Of
 * what was encrypted the length on the wire says little: there it is what was decrypted.
 */
function octetsFromIp(
  { data, ipAt, transportAt, transportLength }: PacketFields,
  view: DataView,
  at: number,
  original: number,
): number {
  if (ipAt < 0) return transportLength;
  const there = transportAt < ipAt ? 0 : transportAt + transportLength - ipAt;
  return data === view ? Math.max(there, original - (ipAt - at)) : there;
}
