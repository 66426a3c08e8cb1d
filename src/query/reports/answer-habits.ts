/** A protocol over UDP that has a port of its own, and who says how it is. Protocols of other ports are judged by what came. */
export interface Habit {
  readonly port: number;
  readonly name: string;
}

/** Asked there, and silent: then it does not work. */
export const ANSWERING: readonly Habit[] = [
  { port: 53, name: 'DNS (RFC 1035)' },
  { port: 67, name: 'DHCP (RFC 2131)' },
  { port: 69, name: 'TFTP (RFC 1350)' },
  { port: 88, name: 'Kerberos (RFC 4120)' },
  { port: 111, name: 'portmapper (RFC 1833)' },
  { port: 123, name: 'NTP (RFC 5905)' },
  { port: 137, name: 'NetBIOS names (RFC 1002)' },
  { port: 161, name: 'SNMP (RFC 3417)' },
  { port: 389, name: 'LDAP without a connection (MS-ADTS 6.3.3)' },
  { port: 443, name: 'QUIC (RFC 9000)' },
  { port: 464, name: 'Kerberos passwords (RFC 3244)' },
  { port: 500, name: 'IKE (RFC 7296)' },
  { port: 547, name: 'DHCP for IPv6 (RFC 8415)' },
  { port: 623, name: 'IPMI (RMCP)' },
  { port: 853, name: 'DNS over QUIC (RFC 9250)' },
  { port: 1194, name: 'OpenVPN' },
  { port: 1645, name: 'RADIUS' },
  { port: 1646, name: 'RADIUS accounting' },
  { port: 1812, name: 'RADIUS (RFC 2865)' },
  { port: 1813, name: 'RADIUS accounting (RFC 2866)' },
  { port: 3478, name: 'STUN (RFC 8489)' },
  { port: 4500, name: 'IKE behind NAT (RFC 7296)' },
  { port: 5060, name: 'SIP (RFC 3261)' },
  { port: 5683, name: 'CoAP (RFC 7252)' },
  { port: 51_820, name: 'WireGuard' },
];

/** Told, not asked: nobody has to answer there. */
export const TELLING: readonly Habit[] = [
  { port: 9, name: 'discard, wake on LAN (RFC 863)' },
  { port: 138, name: 'NetBIOS datagrams (RFC 1002)' },
  { port: 162, name: 'SNMP traps (RFC 3416)' },
  { port: 514, name: 'syslog (RFC 5426)' },
  { port: 2055, name: 'NetFlow' },
  { port: 4729, name: 'PSAMP' },
  { port: 4739, name: 'IPFIX (RFC 7011)' },
  { port: 6343, name: 'sFlow' },
  { port: 6831, name: 'Jaeger' },
  { port: 8125, name: 'StatsD' },
  { port: 9995, name: 'NetFlow' },
  { port: 9996, name: 'NetFlow' },
  { port: 12_201, name: 'GELF (Graylog)' },
  { port: 25_826, name: 'collectd' },
];
