/** Says whether what a payload holds may be decrypted: that takes longer than all else, and who floods decides how often it is asked for. */
export interface Openings {
  /** True: once. */
  take(payload: Payload): boolean;
}

/**
 * Payload of one flow as a recogniser sees it. One object is filled again for each call: nothing of it may be kept.
 */
export interface Payload {
  data: DataView;
  /** Where the bytes begin in `data`, and how many there are. TCP: what this direction has sent from its first byte, as far as it has come in order and is kept; UDP: one datagram, behind those of this side before it for which `Finding.more` was said. Where `application` is set, and the finding before did not say `more`: the bytes of this packet alone, of TCP as well. */
  at: number;
  length: number;
  /** IP protocol. */
  protocol: number;
  /** Ports of who sent these bytes, and of who gets them. */
  srcPort: number;
  dstPort: number;
  /** Words of the addresses, most significant first, of who sent these bytes, and of who gets them. */
  readonly srcAddr: Uint32Array;
  readonly dstAddr: Uint32Array;
  /** 0: the bytes are of who began the flow as far as the meter knows; 1: of the other. */
  side: 0 | 1;
  /** How many payloads of this side the recognisers have had before this one. */
  turn: number;
  /** What the flow is known to be, as of the payloads before; 0 nothing. */
  application: number;
  /** What a recogniser took the other side's, or earlier, bytes for without being sure (`Finding.candidate`); 0 nothing. */
  candidate: number;
  readonly openings: Openings;
}

/** Sent from or to that port. */
export function atPort({ srcPort, dstPort }: Payload, port: number): boolean {
  return srcPort === port || dstPort === port;
}
