import { parseAddress } from '../../flow/index.ts';
import type { HostRecord, RecordTaker } from '../table/host-record.ts';
import type { ProxyRequest } from './proxy-line.ts';

const TCP = 6;

/**
 * Gives a request as two records, one for each direction, between the client and the server that it never speaks to itself: what the proxy joins. The proxy's end stands where a
 * translated address does (IPFIX 225 and 227). Both are duplicates: what went over the wire is in the records of the proxy's own sockets, which count. What the client sent is `egress`, as its own end system would see it:
 * so its user has sent it.
 */
export class ProxyRecords {
  private readonly host: string;
  private readonly take: RecordTaker;

  constructor(host: string, take: RecordTaker) {
    this.host = host;
    this.take = take;
  }

  /** No record for a direction whose size the log does not have. */
  give(request: ProxyRequest, nowMs: number): void {
    const { proxy, proxyPort, sent, received } = request;
    const client = { addr: wordsOf(request.client), port: request.clientPort };
    const server = { addr: wordsOf(request.server), port: request.serverPort };
    const between = proxy === '' ? null : { addr: wordsOf(proxy), port: proxyPort };
    if (sent >= 0) {
      const translated = between && { src_nat_addr: between.addr, src_nat_port: between.port };
      this.take({ ...this.record(request, client, server, sent), ...translated, flow_direction: 'egress' }, nowMs);
    }
    if (received < 0) return;
    const translated = between && { dst_nat_addr: between.addr, dst_nat_port: between.port };
    this.take({ ...this.record(request, server, client, received), ...translated, flow_direction: 'ingress' }, nowMs);
  }

  /** An object for each: requests are few beside packets, and a policy may change it. */
  private record(request: ProxyRequest, from: End, to: End, octets: number): HostRecord {
    return {
      start: request.startMs,
      end: request.endMs,
      src_addr: from.addr.slice(),
      dst_addr: to.addr.slice(),
      src_port: from.port,
      dst_port: to.port,
      protocol: TCP,
      raw_bytes: octets,
      raw_packets: 0,
      byte_layer: 'payload',
      end_reason: 'end',
      continued: 'no',
      sampling: 1,
      host: this.host,
      user: request.user || undefined,
      server_name: request.serverName || undefined,
      outcome: request.outcome,
      owner_source: 'proxy_log',
      duplicate: 'yes',
    };
  }
}

interface End {
  readonly addr: Uint32Array;
  readonly port: number;
}

/** Four words; the log's reader has seen that it is an address. */
function wordsOf(address: string): Uint32Array {
  return Uint32Array.from(parseAddress(address) ?? [0, 0, 0, 0]);
}
