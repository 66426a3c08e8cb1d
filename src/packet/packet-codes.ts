/** Why a packet could not be read, or not wholly, by code. Closed: counters are named after it. The fields that are there are kept. */
export const PACKET_PROBLEMS = [
  'none',
  'truncated', // the captured bytes end inside a header
  'not_ip', // whole, but neither IPv4 nor IPv6: ARP, spanning tree, what MACsec, PPP or 802.11 has encrypted
  'bad_ip_header', // version or header length that no IP header has
  'bad_length', // a length that contradicts another: UDP shorter than its header, IP shorter than its own
  'too_deep', // more tags, labels, extension headers or tunnels than are followed
  'unsupported_link', // a link type that is not read here
] as const;

export type PacketProblem = (typeof PACKET_PROBLEMS)[number];

/** The codes of PACKET_PROBLEMS, by name. */
export const PACKET_PROBLEM = {
  none: 0,
  truncated: 1,
  not_ip: 2,
  bad_ip_header: 3,
  bad_length: 4,
  too_deep: 5,
  unsupported_link: 6,
} as const satisfies Record<PacketProblem, number>;

/** Kinds of tunnel, by code. */
export const TUNNELS = [
  'none',
  'ipip', // IPv4 in IPv4 (RFC 2003)
  'gre',
  'vxlan', // and VXLAN-GPE
  'geneve',
  'erspan',
  'pptp',
  '6in4', // RFC 4213
  '4in6', // RFC 2473
  '6in6', // RFC 2473
  'l2tp',
  'gtpu',
  'teredo',
  'esp',
  'ah',
  'mpls', // in UDP (RFC 7510) or IP (RFC 4023)
  'lisp', // RFC 9300
  'etherip', // RFC 3378, and Ethernet right behind IPv6 (RFC 8986 section 9)
] as const;

export type TunnelKind = (typeof TUNNELS)[number];

/** The codes of TUNNELS, by name. */
export const TUNNEL = {
  none: 0,
  ipip: 1,
  gre: 2,
  vxlan: 3,
  geneve: 4,
  erspan: 5,
  pptp: 6,
  '6in4': 7,
  '4in6': 8,
  '6in6': 9,
  l2tp: 10,
  gtpu: 11,
  teredo: 12,
  esp: 13,
  ah: 14,
  mpls: 15,
  lisp: 16,
  etherip: 17,
} as const satisfies Record<TunnelKind, number>;

/** What IPsec there was around the packet, by code: the names of the column `ipsec`. */
export const IPSEC = {
  none: 0,
  /** AH (RFC 4302): authenticated, and readable. */
  ah: 1,
  /** ESP with NULL encryption (RFC 2410), recognised and read. */
  null: 2,
  /** ESP with a known key. */
  decrypted: 3,
  /** ESP that cannot be seen into: there are no ports. */
  opaque: 4,
} as const;
