/** What a layer carries, as the EtherType that names it; PPP and the bytes after labels go by the types that GRE gives them. */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  ipv6: 0x86dd,
  vlan: 0x8100,
  serviceVlan: 0x88a8,
  oldServiceVlan: 0x9100,
  mpls: 0x8847,
  mplsUpstream: 0x8848,
  pppoeSession: 0x8864,
  ppp: 0x880b,
  arp: 0x0806,
  /** Transparent Ethernet bridging (RFC 1701): a whole frame. */
  ethernet: 0x6558,
  /** MACsec (IEEE 802.1AE), which may be without encryption. */
  macsec: 0x88e5,
  /** Network service header (RFC 8300). */
  nsh: 0x894f,
} as const;

/** Below it, the field is the length of an 802.3 frame whose LLC header follows. */
export const LEAST_ETHER_TYPE = 0x600;

/** What VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe section 3.2) and NSH (RFC 8300 section 2.2) number themselves; 0 any other. */
export function etherTypeOfNextProtocol(next: number): number {
  switch (next) {
    case 1:
      return ETHER_TYPE.ipv4;
    case 2:
      return ETHER_TYPE.ipv6;
    case 3:
      return ETHER_TYPE.ethernet;
    case 4:
      return ETHER_TYPE.nsh;
    case 5:
      return ETHER_TYPE.mpls;
    default:
      return 0;
  }
}
