/** What brings records, the protocols that are read here and our own meter; their order is that of the values of the column `format`. */
export const FORMAT = { unknown: 0, netflow5: 1, netflow7: 2, netflow9: 3, ipfix: 4, sflow: 5, meter: 6 } as const;

/** What the header of an export datagram says; one object is made once and filled again for each. */
export interface ExportHeader {
  /** A code of FORMAT. */
  format: number;
  /** Bytes of the header: sets, records or samples follow. */
  headerBytes: number;
  /** Bytes of the message as its header says (IPFIX), else of the datagram. */
  messageBytes: number;
  /** Observation domain, source id, engine type x 256 + engine id, or sFlow sub-agent. */
  domain: number;
  /** Sequence number: of records (v5, v7, IPFIX) or datagrams (v9, sFlow) sent before this one, modulo 2^32. */
  sequence: number;
  /** Records, templates included, that a v9 header announces; samples of sFlow; 0 for IPFIX. */
  count: number;
  /** The exporter's clock when it sent, ms since 1970; 0 where the protocol has none (sFlow). */
  exportMs: number;
  /** Milliseconds since the exporter booted, modulo 2^32; 0 for IPFIX, which has none. */
  uptimeMs: number;
  /** sFlow: the agent's address as four words, most significant first. */
  readonly agent: Uint32Array;
}

export function newExportHeader(): ExportHeader {
  return {
    format: FORMAT.unknown,
    headerBytes: 0,
    messageBytes: 0,
    domain: 0,
    sequence: 0,
    count: 0,
    exportMs: 0,
    uptimeMs: 0,
    agent: new Uint32Array(4),
  };
}
