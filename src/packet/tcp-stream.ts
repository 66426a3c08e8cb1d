/** Why a stream ended. `gap`: bytes are missing; what came behind them is given as another stream of the same end points. */
export type StreamEnd = 'closed' | 'reset' | 'replaced' | 'gap' | 'evicted' | 'end_of_capture';

/** One direction of one TCP connection, without holes. */
export interface TcpStream {
  readonly id: number;
  readonly srcAddr: readonly number[];
  readonly srcPort: number;
  readonly dstAddr: readonly number[];
  readonly dstPort: number;
  /** False when the capture begins in the midst of it, or after a gap: then the first byte need not begin a message. */
  readonly fromStart: boolean;
}

export interface StreamSink {
  onStreamData(stream: TcpStream, view: DataView, at: number, length: number, timeMs: number): void;
  onStreamEnd(stream: TcpStream, end: StreamEnd, timeMs: number): void;
}

export interface StreamCounts {
  streams: number;
  bytes: number;
  /** Bytes that came again. */
  repeatedBytes: number;
  gaps: number;
  gapBytes: number;
  evicted: number;
}
