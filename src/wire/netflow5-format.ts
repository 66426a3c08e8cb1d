/**
 * NetFlow version 5, Cisco "NetFlow Services Solutions Guide", tables B-3 (header) and B-4 (record): fixed layout, network
 * byte order, IPv4 only.
 */
export const NETFLOW5_VERSION = 5;
export const NETFLOW5_HEADER_BYTES = 24;
export const NETFLOW5_RECORD_BYTES = 48;
/** Version 7 (Catalyst 5000): the same header without engine and sampling; in each record the address of the router that was shortcut comes last. */
export const NETFLOW7_RECORD_BYTES = 52;
/** What the guide allows in one datagram; longer ones are seen in the field and are read. */
export const NETFLOW5_MAX_RECORDS = 30;
/** What fits in the largest UDP payload over IPv4 (65,507 bytes). */
export const NETFLOW5_MOST_RECORDS = Math.floor((65_507 - NETFLOW5_HEADER_BYTES) / NETFLOW5_RECORD_BYTES);
