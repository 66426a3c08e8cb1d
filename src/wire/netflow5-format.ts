/**
 * NetFlow version 5, Cisco "NetFlow Services Solutions Guide", tables B-3 (header) and B-4 (record): fixed layout, network
 * byte order, IPv4 only.
 */
export const NETFLOW5_VERSION = 5;
export const NETFLOW5_HEADER_BYTES = 24;
export const NETFLOW5_RECORD_BYTES = 48;
/** What the guide allows in one datagram; longer ones are seen in the field and are read. */
export const NETFLOW5_MAX_RECORDS = 30;
/** What fits in the largest UDP payload over IPv4 (65,507 bytes). */
export const NETFLOW5_MOST_RECORDS = Math.floor((65_507 - NETFLOW5_HEADER_BYTES) / NETFLOW5_RECORD_BYTES);
