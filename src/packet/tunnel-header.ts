import { TUNNEL } from './packet-codes.ts';

/** What the header of a tunnel says: where its payload begins, of which type it is, and the tunnel's number. */
export interface TunnelHeader {
  kind: number;
  id: number;
  payloadAt: number;
  etherType: number;
}

/** A TunnelHeader to be filled. */
export function newTunnelHeader(): TunnelHeader {
  return { kind: TUNNEL.none, id: 0, payloadAt: 0, etherType: 0 };
}

export function found(header: TunnelHeader, kind: number, id: number, payloadAt: number, etherType: number): true {
  header.kind = kind;
  header.id = id;
  header.payloadAt = payloadAt;
  header.etherType = etherType;
  return true;
}
