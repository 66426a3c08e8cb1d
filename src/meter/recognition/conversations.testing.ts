import { type AddressWords, applicationName, columnOf, formatAddress } from '../../flow/index.ts';
import { ipv4, tcp, udp, viewOf } from '../../packet/frames.testing.ts';
import { dissectLink, LINK_TYPE, newPacketFields, type PacketFields } from '../../packet/index.ts';
import { DEFAULT_METER, type FlowSink, type Flows, Meter, type MeterOptions } from '../index.ts';

export const CLIENT = '192.0.2.1';
export const SERVER = '198.51.100.2';

const SYN = 2;
const ACK = 16;

/** What a flow is called. */
export interface Named {
  flow: string;
  application: string;
  evidence: string;
  security: string;
  name: string;
  source: string;
  clientSide: string;
  reason: number;
}

const valueAt = (column: 'client_side' | 'application_evidence' | 'security' | 'server_name_source', code: number) =>
  columnOf(column).values![code]!;

class NamedFlows implements FlowSink {
  readonly flows: Named[] = [];

  flow(flows: Flows, slot: number, reason: number): void {
    const end = (words: Uint32Array, port: number) =>
      `${formatAddress([...words.subarray(4 * slot, 4 * slot + 4)] as unknown as AddressWords)}:${port}`;
    this.flows.push({
      flow: `${end(flows.srcAddr, flows.srcPort[slot]!)} > ${end(flows.dstAddr, flows.dstPort[slot]!)}`,
      application: applicationName(flows.application[slot]!),
      evidence: valueAt('application_evidence', flows.evidence[slot]!),
      security: valueAt('security', flows.security[slot]!),
      name: flows.names[flows.serverName[slot]!]!,
      source: valueAt('server_name_source', flows.nameSource[slot]!),
      clientSide: valueAt('client_side', flows.clientSide[slot]!),
      reason,
    });
  }
}

export interface Ends {
  from?: string;
  to?: string;
  fromPort: number;
  toPort: number;
}

type Bytes = string | ArrayLike<number>;
const bytesOf = (bytes: Bytes) => (typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);

/** A meter whose packets are made here, and the names that it gives. */
export class Conversations {
  readonly meter: Meter;
  timeMs = 1_700_000_000_000;
  private readonly sink = new NamedFlows();
  private readonly fields: PacketFields = newPacketFields();

  constructor(options: Partial<MeterOptions> = {}) {
    this.meter = new Meter({ ...DEFAULT_METER, maxFlows: 4_096, ...options }, this.sink);
  }

  tcp(ends: Ends, flags: number, bytes: Bytes = '', sequence = 1): void {
    this.packet(ends, 6, tcp(ends.fromPort, ends.toPort, flags, bytesOf(bytes), sequence));
  }

  udp(ends: Ends, bytes: Bytes): void {
    this.packet(ends, 17, udp(ends.fromPort, ends.toPort, bytesOf(bytes)));
  }

  /** The handshake; what the ends send then begins at 1001 and at 5001. */
  open(ends: Ends): void {
    this.tcp(ends, SYN, '', 1000);
    this.tcp(back(ends), SYN | ACK, '', 5000);
    this.tcp(ends, ACK, '', 1001);
  }

  /** Names of all flows, the open ones among them. */
  end(): Named[] {
    this.meter.finish();
    return this.sink.flows;
  }

  private packet({ from = CLIENT, to = SERVER }: Ends, protocol: number, transport: ArrayLike<number>): void {
    const frame = ipv4(protocol, transport, { src: from, dst: to, id: this.timeMs & 0xffff });
    this.timeMs += 1;
    dissectLink(viewOf(frame), 0, frame.length, LINK_TYPE.raw, this.fields, { tunnels: 'outer' });
    this.meter.packet(this.fields, frame.length, this.timeMs, 1);
  }
}

export function back({ from = CLIENT, to = SERVER, fromPort, toPort }: Ends): Ends {
  return { from: to, to: from, fromPort: toPort, toPort: fromPort };
}
