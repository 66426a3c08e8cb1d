import {
  allColumnNames,
  cellOf,
  columnOf,
  FlowBatch,
  type JsonValue,
  parseAddress,
  TextColumns,
} from '../../flow/index.ts';
import { type ExportHeader, newExportHeader } from '../export-header.ts';
import { type FlowContext, newFlowContext } from '../flow-context.ts';
import { SflowDecoder } from './sflow-decoder.ts';
import { readSflowHeader } from './sflow-header.ts';
import { SflowSession } from './sflow-session.ts';

/** XDR as bytes: words, addresses and opaque data put together. */
export type Xdr = readonly number[];

export function words(...values: number[]): Xdr {
  return values.flatMap((v) => [(v >>> 24) & 255, (v >>> 16) & 255, (v >>> 8) & 255, v & 255]);
}

/** Without a length, padded to whole words. */
export function fixed(bytes: Xdr): Xdr {
  return [...bytes, ...new Array<number>((4 - (bytes.length % 4)) % 4).fill(0)];
}

export function opaque(bytes: Xdr): Xdr {
  return [...words(bytes.length), ...fixed(bytes)];
}

export function string(text: string): Xdr {
  return opaque([...Buffer.from(text)]);
}

/** The bytes of an address without its type. */
export function ip(text: string): Xdr {
  const w = parseAddress(text)!;
  return text.includes(':') ? words(...w) : words(w[3]);
}

export function address(text: string | null): Xdr {
  if (text === null) return words(0);
  return [...words(text.includes(':') ? 2 : 1), ...ip(text)];
}

/** A record or a sample: format, length, data. */
export function structure(format: number, data: Xdr): Xdr {
  return [...words(format), ...opaque(data)];
}

export function rawHeader(frame: Xdr, options: { protocol?: number; length?: number; stripped?: number } = {}): Xdr {
  const { protocol = 1, stripped = 0, length = frame.length + stripped } = options;
  return structure(1, [...words(protocol, length, stripped), ...opaque(frame)]);
}

export interface FlowSample {
  sequence?: number;
  sourceClass?: number;
  source?: number;
  rate?: number;
  drops?: number;
  input?: number;
  output?: number;
  outputFormat?: number;
}

export function flowSample(records: readonly Xdr[], s: FlowSample = {}): Xdr {
  const { sequence = 1, sourceClass = 0, source = 3, rate = 100, drops = 0, input = 3, output = 4 } = s;
  const out = (((s.outputFormat ?? 0) << 30) | output) >>> 0;
  const head = words(sequence, (sourceClass << 24) | source, rate, 1_000, drops, input, out, records.length);
  return structure(1, [...head, ...records.flat()]);
}

export function expandedSample(records: readonly Xdr[], s: FlowSample = {}): Xdr {
  const { sequence = 1, sourceClass = 0, source = 3, rate = 100, drops = 0, input = 3, output = 4 } = s;
  const head = words(sequence, sourceClass, source, rate, 1_000, drops, 0, input, s.outputFormat ?? 0, output);
  return structure(3, [...head, ...words(records.length), ...records.flat()]);
}

export function discarded(records: readonly Xdr[], reason: number, s: FlowSample = {}): Xdr {
  const { sequence = 1, sourceClass = 0, source = 3, drops = 0, input = 3, output = 0 } = s;
  return structure(5, [
    ...words(sequence, sourceClass, source, drops, input, output, reason, records.length),
    ...records.flat(),
  ]);
}

export interface InterfaceFigures {
  ifIndex?: number;
  speed?: readonly [high: number, low: number];
  status?: number;
  inOctets?: readonly [high: number, low: number];
  outOctets?: readonly [high: number, low: number];
  /** Unicast, multicast, broadcast, discards, errors, unknown protocols. */
  in?: readonly number[];
  /** Unicast, multicast, broadcast, discards, errors. */
  out?: readonly number[];
}

export function interfaceCounters(f: InterfaceFigures = {}): Xdr {
  const none = [0, 0] as const;
  const { ifIndex = 3, speed = [0, 1e9], status = 3, inOctets = none, outOctets = none } = f;
  return structure(1, [
    ...words(ifIndex, 6, ...speed, 1, status, ...inOctets, ...(f.in ?? [0, 0, 0, 0, 0, 0])),
    ...words(...outOctets, ...(f.out ?? [0, 0, 0, 0, 0]), 0),
  ]);
}

export function counterSample(records: readonly Xdr[], sequence = 1, source = 3): Xdr {
  return structure(2, [...words(sequence, source, records.length), ...records.flat()]);
}

export interface DatagramHead {
  agent?: string | null;
  domain?: number;
  sequence?: number;
  uptimeMs?: number;
}

export function datagram(samples: readonly Xdr[], head: DatagramHead = {}): Uint8Array {
  const { agent = '192.0.2.1', domain = 7, sequence = 1, uptimeMs = 1_000_000 } = head;
  return Uint8Array.from([
    ...words(5),
    ...address(agent),
    ...words(domain, sequence, uptimeMs, samples.length),
    ...samples.flat(),
  ]);
}

const MACS: Xdr = [0x02, 0, 0, 0, 0, 0x0b, 0x02, 0, 0, 0, 0, 0x0a];

export function ethernet(type: number, payload: Xdr): Xdr {
  return [...MACS, type >>> 8, type & 255, ...payload];
}

export function ipv4(protocol: number, payload: Xdr, src = '198.51.100.1', dst = '203.0.113.2', bytes?: number): Xdr {
  const length = bytes ?? 20 + payload.length;
  const head = words(0x4510_0000 | length, 0x1234_0000, (61 << 24) | (protocol << 16));
  return [...head, ...ip(src), ...ip(dst), ...payload];
}

export function udp(srcPort: number, dstPort: number, payload: Xdr = []): Xdr {
  return [...words(((srcPort << 16) | dstPort) >>> 0, ((8 + payload.length) << 16) >>> 0), ...payload];
}

/** A TCP header without options, with ACK and PSH set. */
export function tcp(srcPort: number, dstPort: number): Xdr {
  return words(((srcPort << 16) | dstPort) >>> 0, 1, 2, 0x5018_ffff, 0);
}

export const NOW = Date.UTC(2026, 10, 21, 12);

/** A decoder with all that it needs, for datagrams one after the other. */
export class Bench {
  readonly texts = new TextColumns();
  readonly decoder = new SflowDecoder(this.texts);
  readonly header: ExportHeader = newExportHeader();
  readonly context: FlowContext = { ...newFlowContext(), receivedMs: NOW };
  readonly batch: FlowBatch;
  session = new SflowSession();

  constructor(capacity = 64) {
    this.batch = new FlowBatch(capacity, allColumnNames, undefined, true);
    this.texts.begin(this.batch);
    this.decoder.bind(this.batch);
    this.context.exporter.set([0, 0, 0xffff, 0xc000_0201]);
  }

  /** Reads one datagram out of a larger slot, as a receiver has it. */
  read(bytes: Uint8Array, write = true): SflowDecoder['result'] {
    const slot = new Uint8Array(bytes.length + 16).fill(0xee);
    slot.set(bytes, 8);
    const view = new DataView(slot.buffer);
    const { decoder, header } = this;
    const problem = readSflowHeader(view, 8, bytes.length, header);
    if (problem !== null) throw new Error(problem);
    decoder.decode(view, 8, bytes.length, header, this.session, this.context, write);
    this.batch.rows += decoder.result.rows;
    return decoder.result;
  }

  /** The values of a row, without those that are not known. */
  row(row: number): Record<string, JsonValue> {
    const cells = allColumnNames.map((name) => [name, cellOf(this.batch, columnOf(name), row)] as const);
    return Object.fromEntries(cells.filter(([, value]) => value !== null));
  }
}
