import type { ExportCounts } from './export-counts.ts';
import type { ExportedFlow } from './exported-flow.ts';
import type { Options } from './options.ts';

export interface EncoderOptions {
  /** Gets each datagram (or IPFIX message) when it is whole; the bytes are its own. */
  readonly send: (datagram: Uint8Array) => void;
  /** The largest datagram: 1400 fits every path that tunnels leave. */
  readonly mtu?: number;
  /** Observation domain, source id or engine id of the first sampling rate; each further rate has the next one. */
  readonly domain?: number;
  /** Templates and options are sent again after so many datagrams, and after so long. 0: never, where nothing can be lost. */
  readonly refreshDatagrams?: number;
  readonly refreshMs?: number;
  /** NetFlow v9: flows also have their times in ms since 1970 (152, 153), not only since the exporter's boot. */
  readonly absoluteTimes?: boolean;
  /** Packets that the meter of these flows did not see, since it began: said beside what was sent and what was not. */
  readonly ignoredPackets?: () => number;
}

/** Turns flow records into datagrams of one protocol. It has no clock and no socket. */
export interface FlowEncoder {
  readonly counts: ExportCounts;
  add(flow: ExportedFlow, nowMs: number): void;
  /** What is to be said beside flows of this sampling rate, in their stream; NetFlow v5 has no place for it. */
  tell(options: Options, rate: number, nowMs: number): void;
  /** Sends what is begun: for flows that come while they happen, and must not wait until a datagram is full. */
  flush(nowMs: number): void;
  /** Says now what was sent and what was not, which otherwise is said with the templates and at the end. NetFlow v5 has no words for it. */
  giveAccount(nowMs: number): void;
  /** Sends what is begun, and the last statistics. */
  end(nowMs: number): void;
}

/** What fits in one UDP datagram without fragments, also through tunnels. */
export const EXPORT_MTU = 1_400;
/** Each sampling rate is a stream with a sequence of its own. */
export const MAX_STREAMS = 256;
