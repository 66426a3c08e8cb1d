/** Why a flow was given to the sink, by code: the values of the column `end_reason` (IPFIX 136, flowEndReason). */
export const END_REASON = {
  idle: 1,
  active: 2,
  /** FIN in both directions, or RST. */
  end: 3,
  /** The capture or the meter ended. */
  forced: 4,
  /** No room for one more flow: the one that was idle longest gave way. */
  resources: 5,
} as const;

/**
 * Flows as columns: one flow in each slot. Only the meter writes them, and it uses slots again: a sink reads the slot that it is given before it
 * returns, and copies what it wants later. Addresses are four words at `4 * slot`, word 0 the most significant (IPv4 as ::ffff:a.b.c.d). Counters are exact
 * up to 2^53. `rev*` are those of the other direction and stay 0 where flows have one.
 */
export interface FlowColumns {
  readonly srcAddr: Uint32Array;
  readonly dstAddr: Uint32Array;
  readonly srcPort: Uint16Array;
  readonly dstPort: Uint16Array;
  readonly protocol: Uint8Array;
  /** 255 where the protocol is not ICMP, or the byte was not captured. */
  readonly icmpType: Uint8Array;
  readonly icmpCode: Uint8Array;
  /** Octets of IP packets, headers included, as they went over the wire, however little was captured. */
  readonly bytes: Float64Array;
  readonly packets: Float64Array;
  /** Milliseconds since 1970 with their fraction. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly tcpFlags: Uint8Array;
  readonly revBytes: Float64Array;
  readonly revPackets: Float64Array;
  readonly revStart: Float64Array;
  readonly revEnd: Float64Array;
  readonly revTcpFlags: Uint8Array;
  /** Of the first packet. */
  readonly tos: Uint8Array;
  readonly revTos: Uint8Array;
  /** The smallest. */
  readonly ttl: Uint8Array;
  readonly flowLabel: Uint32Array;
  readonly vlan: Uint16Array;
  readonly innerVlan: Uint16Array;
  /** 16 and 32 bits. */
  readonly srcMacHi: Uint16Array;
  readonly srcMacLo: Uint32Array;
  readonly dstMacHi: Uint16Array;
  readonly dstMacLo: Uint32Array;
  /** 4294967295 none. */
  readonly mplsLabel: Uint32Array;
  /** Index of the interface that the first packet came in by; 0 unknown. */
  readonly inIf: Uint32Array;
  /** 0 unknown: known of the other direction of a flow alone, which went out where the first packet came in. */
  readonly outIf: Uint32Array;
  /** Position in `tunnels`; 0 none. */
  readonly tunnel: Uint32Array;
  readonly spi: Uint32Array;
  /** Code in IPSEC of room packet. */
  readonly ipsec: Uint8Array;
  /** 1: the record goes on where an active timeout cut the flow. */
  readonly continued: Uint8Array;
  /** Number of APPLICATIONS in room flow; 0 not known. */
  readonly application: Uint16Array;
  /** Codes of the columns `application_evidence`, `security` and `server_name_source`. */
  readonly evidence: Uint8Array;
  readonly security: Uint8Array;
  readonly nameSource: Uint8Array;
  /** Code of the column `client_side`: which end sent the SYN; 0 where none was seen. */
  readonly clientSide: Uint8Array;
  /** Position in `names`; 0 none. */
  readonly serverName: Uint32Array;
  /** One packet in so many was metered, or one flow in so many; 1 all. */
  readonly sampling: Uint32Array;
  /** The rate is that of flows, each of which was metered whole. */
  readonly wholeFlows: boolean;
  /** Texts for the column `tunnel`, as tunnelText of room packet gives them; position 0 is ''. A position gets another text when no open flow has it. */
  readonly tunnels: readonly string[];
  /** Names of servers; position 0 is ''. A position gets another one when no open flow has it. */
  readonly names: readonly string[];
}

/** Flows, and the other direction of each as one of its own. */
export interface Flows extends FlowColumns {
  /** There where `revPackets` are: what was seen in one direction only (TTL, labels) is unknown in it. */
  readonly back: FlowColumns;
}

/** Takes flows that are over, or cut. Called within `Meter.packet`, `tick` and `finish`; the slot is used again when it returns. */
export interface FlowSink {
  flow(flows: Flows, slot: number, endReason: number): void;
}
