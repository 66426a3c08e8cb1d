import { columnOf } from '../../flow/index.ts';
import { type Flows, fillNames } from '../../meter/index.ts';
import { newHostRecord, type RecordTaker } from '../table/host-record.ts';
import { WAY } from './guest-traffic.ts';

const END_REASONS = columnOf('end_reason').values!;
const NO_ICMP = 255;

/** What a flow of a guest has beside what its packets say. */
export interface GuestFacts {
  readonly vm: string;
  /** Of the interface. */
  readonly index: number;
  readonly duplicate: boolean;
}

/** Makes records of guests' flows as of this host's own, without a process; direction is as the guest sees it. One record is filled again for each. */
export class GuestRecords {
  private readonly host: string;
  private readonly take: RecordTaker;
  private readonly src = new Uint32Array(4);
  private readonly dst = new Uint32Array(4);
  private readonly record = newHostRecord(this.src, this.dst);

  constructor(host: string, take: RecordTaker) {
    this.host = host;
    this.take = take;
  }

  /** A policy may have changed any of it in the record before. */
  flow(flows: Flows, slot: number, endReason: number, nowMs: number, { vm, index, duplicate }: GuestFacts): void {
    const { record } = this;
    this.key(flows, slot);
    const sent = flows.inIf[slot] === WAY.fromGuest;
    record.start = flows.start[slot]!;
    record.end = flows.end[slot]!;
    record.raw_bytes = flows.bytes[slot]!;
    record.raw_packets = flows.packets[slot]!;
    record.byte_layer = 'ip';
    record.tcp_flags = flows.tcpFlags[slot]!;
    record.in_if = sent ? 0 : index;
    record.out_if = sent ? index : 0;
    record.flow_direction = sent ? 'egress' : 'ingress';
    record.end_reason = END_REASONS[endReason]!;
    record.continued = flows.continued[slot] === 1 ? 'yes' : 'no';
    record.sampling = 1;
    record.sampling_origin = undefined;
    record.host = this.host;
    record.vm = vm;
    // What groups traffic by application has the guest as one.
    record.app = vm;
    record.outcome = 'unknown';
    record.owner_source = 'interface';
    record.duplicate = duplicate ? 'yes' : 'no';
    fillNames(record, flows, slot);
    this.take(record, nowMs);
  }

  private key(flows: Flows, slot: number): void {
    const { record, src, dst } = this;
    for (let word = 0; word < 4; word++) {
      src[word] = flows.srcAddr[4 * slot + word]!;
      dst[word] = flows.dstAddr[4 * slot + word]!;
    }
    record.src_addr = src;
    record.dst_addr = dst;
    record.src_port = flows.srcPort[slot]!;
    record.dst_port = flows.dstPort[slot]!;
    record.protocol = flows.protocol[slot]!;
    const type = flows.icmpType[slot]!;
    record.icmp_type = type === NO_ICMP ? undefined : type;
    record.icmp_code = type === NO_ICMP ? undefined : flows.icmpCode[slot]!;
  }
}
