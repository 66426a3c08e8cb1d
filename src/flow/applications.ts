/**
 * The applications that Weir knows: protocols that programs speak to each other. `number` is permanent and never reused (flows in memory and export
 * messages carry it; a removed application leaves its number behind). `name` is what `application` says. `tcp` and `udp` are ports of servers
 * as registered with IANA (https://www.iana.org/assignments/service-names-port-numbers), or as everybody uses them: evidence `port`.
 */
export interface Application {
  readonly number: number;
  readonly name: string;
  /** Where nobody knows it by the bare name. */
  readonly title?: string;
  readonly tcp?: readonly number[];
  readonly udp?: readonly number[];
  /** IP protocols that are this application whatever they carry. */
  readonly ip?: readonly number[];
}

/** Both transports. */
const both = (...ports: number[]) => ({ tcp: ports, udp: ports });
const tcp = (...ports: number[]) => ({ tcp: ports });
const udp = (...ports: number[]) => ({ udp: ports });

export const APPLICATIONS = [
  // Web
  { number: 1, name: 'http', ...tcp(80, 8000, 8080, 8008, 8888) },
  { number: 2, name: 'tls', title: 'TLS, what it carries not known', ...tcp(443, 8443) },
  { number: 3, name: 'quic', ...udp(443) },
  { number: 4, name: 'http-proxy', title: 'HTTP proxy', ...tcp(3128) },
  { number: 5, name: 'socks', ...tcp(1080) },
  { number: 6, name: 'websocket' },
  { number: 7, name: 'dtls' },
  // Names, addresses, time
  { number: 10, name: 'dns', ...both(53) },
  { number: 11, name: 'dot', title: 'DNS over TLS or QUIC', ...both(853) },
  { number: 12, name: 'doh', title: 'DNS over HTTPS' },
  { number: 13, name: 'mdns', ...udp(5353) },
  { number: 14, name: 'llmnr', ...both(5355) },
  { number: 15, name: 'dnscrypt' },
  { number: 16, name: 'netbios-ns', title: 'NetBIOS name service', ...both(137) },
  { number: 17, name: 'dhcp', ...udp(67, 68) },
  { number: 18, name: 'dhcpv6', ...udp(546, 547) },
  { number: 19, name: 'ntp', ...udp(123) },
  { number: 20, name: 'ptp', title: 'Precision time protocol', ...udp(319, 320) },
  { number: 21, name: 'ssdp', ...udp(1900) },
  { number: 22, name: 'ws-discovery', ...udp(3702) },
  { number: 23, name: 'slp', title: 'Service location protocol', ...both(427) },
  // Mail
  { number: 30, name: 'smtp', ...tcp(25, 587) },
  { number: 31, name: 'smtps', ...tcp(465) },
  { number: 32, name: 'imap', ...tcp(143) },
  { number: 33, name: 'imaps', ...tcp(993) },
  { number: 34, name: 'pop3', ...tcp(110) },
  { number: 35, name: 'pop3s', ...tcp(995) },
  { number: 36, name: 'mapi', title: 'Microsoft Exchange over RPC' },
  { number: 37, name: 'nntp', ...tcp(119) },
  // Log-in and desktops
  { number: 40, name: 'ssh', ...tcp(22) },
  { number: 41, name: 'telnet', ...tcp(23) },
  { number: 42, name: 'rdp', title: 'Remote desktop protocol', ...both(3389) },
  { number: 43, name: 'vnc', ...tcp(5900, 5901) },
  { number: 44, name: 'x11', ...tcp(6000) },
  { number: 45, name: 'rlogin', ...tcp(513) },
  { number: 46, name: 'rsh', ...tcp(514) },
  { number: 47, name: 'teamviewer', ...both(5938) },
  { number: 48, name: 'anydesk', ...tcp(7070) },
  { number: 49, name: 'citrix', ...both(1494, 2598) },
  // Directories and log-in services
  { number: 60, name: 'kerberos', ...both(88, 464) },
  { number: 61, name: 'ldap', ...both(389), tcp: [389, 3268] },
  { number: 62, name: 'ldaps', ...tcp(636, 3269) },
  { number: 63, name: 'radius', ...udp(1812, 1813, 1645, 1646) },
  { number: 64, name: 'diameter', ...tcp(3868) },
  { number: 65, name: 'tacacs', ...tcp(49) },
  { number: 66, name: 'active-directory', title: 'Active Directory over RPC' },
  // Files, copies, print
  { number: 80, name: 'ftp', ...tcp(21) },
  { number: 81, name: 'ftp-data', ...tcp(20) },
  { number: 82, name: 'ftps', ...tcp(990) },
  { number: 83, name: 'tftp', ...udp(69) },
  { number: 84, name: 'smb', ...tcp(445) },
  { number: 85, name: 'netbios-ssn', title: 'NetBIOS session', ...tcp(139) },
  { number: 86, name: 'netbios-dgm', title: 'NetBIOS datagram', ...udp(138) },
  { number: 87, name: 'nfs', ...both(2049) },
  { number: 88, name: 'portmap', ...both(111) },
  { number: 89, name: 'sunrpc', title: 'ONC RPC, program not known' },
  { number: 90, name: 'rsync', ...tcp(873) },
  { number: 91, name: 'afp', title: 'Apple filing protocol', ...tcp(548) },
  { number: 92, name: 'iscsi', ...tcp(3260) },
  { number: 93, name: 'ipp', title: 'Internet printing', ...tcp(631) },
  { number: 94, name: 'lpd', title: 'Line printer daemon', ...tcp(515) },
  { number: 95, name: 'jetdirect', title: 'Raw printing', ...tcp(9100) },
  { number: 96, name: 'mount', title: 'NFS mount' },
  { number: 97, name: 'spoolss', title: 'Printing over RPC' },
  {
    number: 98,
    name: 'backup',
    title: 'Backup (NDMP, Bacula, Amanda, Veeam)',
    ...tcp(10000, 9101, 9102, 9103, 10080, 13724),
  },
  { number: 99, name: 'webdav' },
  // Source code
  { number: 110, name: 'git', ...tcp(9418) },
  { number: 111, name: 'svn', title: 'Subversion', ...tcp(3690) },
  { number: 112, name: 'perforce', ...tcp(1666) },
  { number: 113, name: 'cvs', ...tcp(2401) },
  { number: 114, name: 'mercurial' },
  // Remote procedures
  { number: 120, name: 'dce-rpc', title: 'DCE/RPC, interface not known' },
  { number: 121, name: 'epmap', title: 'DCE/RPC endpoint mapper', ...both(135) },
  { number: 122, name: 'grpc' },
  { number: 123, name: 'winrm', ...tcp(5985, 5986) },
  { number: 124, name: 'wmi', title: 'Windows management over RPC' },
  // Management and telemetry
  { number: 130, name: 'snmp', ...both(161, 162) },
  { number: 131, name: 'syslog', ...both(514), tcp: [601, 6514] },
  { number: 132, name: 'netflow', title: 'NetFlow or IPFIX', ...udp(2055, 4739, 9995), tcp: [4739] },
  { number: 133, name: 'sflow', ...udp(6343) },
  { number: 134, name: 'sccm', title: 'Systems Management Server, Configuration Manager', ...tcp(2701, 10123) },
  { number: 135, name: 'scom', title: 'Microsoft Operations Manager', ...tcp(1270, 5723) },
  { number: 136, name: 'netconf', ...tcp(830) },
  { number: 137, name: 'zabbix', ...tcp(10050, 10051) },
  { number: 138, name: 'nrpe', title: 'Nagios remote plugins', ...tcp(5666) },
  { number: 139, name: 'ipmi', title: 'IPMI over RMCP', ...udp(623) },
  { number: 140, name: 'collectd', ...udp(25826) },
  { number: 141, name: 'statsd', ...udp(8125) },
  { number: 142, name: 'icmp', ip: [1, 58] },
  { number: 143, name: 'igmp', ip: [2] },
  { number: 144, name: 'capwap', ...udp(5246, 5247) },
  { number: 145, name: 'wsus', title: 'Windows Server Update Services', ...tcp(8530, 8531) },
  { number: 146, name: 'openflow', ...tcp(6653) },
  { number: 147, name: 'twamp', ...both(862) },
  // Routing
  { number: 160, name: 'bgp', ...tcp(179) },
  { number: 161, name: 'ospf', ip: [89] },
  { number: 162, name: 'eigrp', ip: [88] },
  { number: 163, name: 'rip', ...udp(520, 521) },
  { number: 164, name: 'bfd', ...udp(3784, 3785, 4784) },
  { number: 165, name: 'ldp', ...both(646) },
  { number: 166, name: 'vrrp', ip: [112] },
  { number: 167, name: 'hsrp', ...udp(1985) },
  { number: 168, name: 'pim', ip: [103] },
  { number: 169, name: 'rsvp', ip: [46] },
  { number: 170, name: 'glbp', ...udp(3222) },
  { number: 171, name: 'rpki-rtr', ...tcp(323) },
  // Tunnels
  { number: 180, name: 'wireguard', ...udp(51820) },
  { number: 181, name: 'openvpn', ...both(1194) },
  { number: 182, name: 'ike', title: 'IPsec key exchange', ...udp(500) },
  { number: 183, name: 'ipsec', title: 'ESP, AH, ESP in UDP', ...udp(4500), ip: [50, 51] },
  { number: 184, name: 'gre', ip: [47] },
  { number: 185, name: 'l2tp', ...udp(1701), ip: [115] },
  { number: 186, name: 'pptp', ...tcp(1723) },
  { number: 187, name: 'vxlan', ...udp(4789) },
  { number: 188, name: 'geneve', ...udp(6081) },
  { number: 189, name: 'gtp', ...udp(2152, 2123) },
  { number: 190, name: 'ip-in-ip', title: 'IP in IP', ip: [4, 41] },
  { number: 191, name: 'teredo', ...udp(3544) },
  { number: 192, name: 'anyconnect', title: 'Cisco AnyConnect' },
  { number: 193, name: 'tor' },
  { number: 194, name: 'tailscale', ...udp(41641) },
  { number: 195, name: 'zerotier', ...udp(9993) },
  { number: 196, name: 'sstp' },
  // Voice, video, streams
  { number: 210, name: 'sip', ...both(5060), tcp: [5060, 5061] },
  { number: 211, name: 'rtp' },
  { number: 212, name: 'rtcp' },
  { number: 213, name: 'stun', title: 'STUN or TURN', ...both(3478, 5349) },
  { number: 214, name: 'h323', ...tcp(1720), udp: [1719] },
  { number: 215, name: 'mgcp', ...udp(2427, 2727) },
  { number: 216, name: 'sccp', title: 'Skinny', ...tcp(2000) },
  { number: 217, name: 'megaco', ...both(2944) },
  { number: 218, name: 'iax2', ...udp(4569) },
  { number: 219, name: 'mumble', ...both(64738) },
  { number: 220, name: 'rtsp', ...tcp(554) },
  { number: 221, name: 'rtmp', ...tcp(1935) },
  { number: 222, name: 'srt' },
  { number: 223, name: 'mpeg-ts', title: 'MPEG transport stream' },
  { number: 224, name: 'zoom-media', ...udp(8801) },
  { number: 225, name: 'srtp' },
  // Messages and chat
  { number: 240, name: 'xmpp', ...tcp(5222, 5269) },
  { number: 241, name: 'irc', ...tcp(6667) },
  { number: 242, name: 'ircs', ...tcp(6697) },
  { number: 243, name: 'msn-messenger', ...tcp(1863) },
  { number: 244, name: 'oscar', title: 'ICQ, AIM', ...tcp(5190) },
  { number: 245, name: 'whatsapp' },
  { number: 246, name: 'telegram' },
  { number: 247, name: 'signal' },
  { number: 248, name: 'discord' },
  { number: 249, name: 'matrix', ...tcp(8448) },
  { number: 250, name: 'oicq', title: 'QQ', ...udp(8000) },
  { number: 251, name: 'kakaotalk' },
  { number: 252, name: 'apns', title: 'Apple push notification', ...tcp(5223) },
  { number: 253, name: 'fcm', title: 'Firebase cloud messaging', ...tcp(5228) },
  { number: 254, name: 'smpp', ...tcp(2775) },
  // Queues
  { number: 260, name: 'mqtt', ...tcp(1883) },
  { number: 261, name: 'mqtts', ...tcp(8883) },
  { number: 262, name: 'amqp', ...tcp(5672) },
  { number: 263, name: 'amqps', ...tcp(5671) },
  { number: 264, name: 'kafka', ...tcp(9092) },
  { number: 265, name: 'nats', ...tcp(4222) },
  { number: 266, name: 'stomp', ...tcp(61613) },
  { number: 267, name: 'coap', ...udp(5683) },
  { number: 268, name: 'zeromq' },
  // Databases
  { number: 280, name: 'mysql', ...tcp(3306) },
  { number: 281, name: 'postgresql', ...tcp(5432) },
  { number: 282, name: 'tds', title: 'Microsoft SQL Server, Sybase', ...tcp(1433) },
  { number: 283, name: 'oracle', ...tcp(1521) },
  { number: 284, name: 'redis', ...tcp(6379) },
  { number: 285, name: 'mongodb', ...tcp(27017) },
  { number: 286, name: 'memcached', ...both(11211) },
  { number: 287, name: 'cassandra', ...tcp(9042) },
  { number: 288, name: 'elasticsearch', ...tcp(9200, 9300) },
  { number: 289, name: 'influxdb', ...tcp(8086) },
  { number: 290, name: 'clickhouse', ...tcp(9000) },
  { number: 291, name: 'db2', ...tcp(50000) },
  { number: 292, name: 'etcd', ...tcp(2379, 2380) },
  { number: 293, name: 'zookeeper', ...tcp(2181) },
  { number: 294, name: 'couchdb', ...tcp(5984) },
  { number: 295, name: 'ssrp', title: 'SQL Server browser', ...udp(1434) },
  // Peer to peer
  { number: 310, name: 'bittorrent', tcp: [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889], udp: [6881] },
  { number: 311, name: 'napster', ...tcp(6699, 8875) },
  { number: 312, name: 'gnutella', ...both(6346, 6347) },
  { number: 313, name: 'edonkey', ...tcp(4662), udp: [4672] },
  { number: 314, name: 'bitcoin', ...tcp(8333) },
  { number: 315, name: 'ethereum', ...both(30303) },
  { number: 316, name: 'ipfs', ...both(4001) },
  { number: 317, name: 'syncthing', ...both(22000), udp: [21027, 22000] },
  { number: 318, name: 'dropbox-lan', title: 'Dropbox LAN sync', ...both(17500) },
  { number: 319, name: 'kazaa', ...both(1214) },
  { number: 320, name: 'soulseek' },
  // Games
  { number: 330, name: 'steam', ...udp(27015) },
  { number: 331, name: 'minecraft', ...tcp(25565), udp: [19132] },
  { number: 332, name: 'roblox' },
  { number: 333, name: 'among-us' },
  { number: 334, name: 'source-engine', title: 'Source engine games' },
  { number: 335, name: 'raknet', title: 'RakNet, the game not known' },
  // Industry and things
  { number: 350, name: 'modbus', ...tcp(502) },
  { number: 351, name: 'dnp3', ...both(20000) },
  { number: 352, name: 'iec104', title: 'IEC 60870-5-104', ...tcp(2404) },
  { number: 353, name: 'bacnet', ...udp(47808) },
  { number: 354, name: 'opc-ua', ...tcp(4840) },
  { number: 355, name: 's7comm', title: 'Siemens S7 over ISO-TSAP', ...tcp(102) },
  { number: 356, name: 'ethernet-ip', title: 'EtherNet/IP', ...both(44818), udp: [2222, 44818] },
  { number: 357, name: 'profinet' },
  { number: 358, name: 'someip', title: 'SOME/IP', ...udp(30490) },
  { number: 359, name: 'hl7', ...tcp(2575) },
  { number: 360, name: 'dicom', ...tcp(104, 11112) },
  { number: 361, name: 'c1222', title: 'ANSI C12.22', ...both(1153) },
  { number: 362, name: 'egd', title: 'Ethernet global data', ...udp(18246) },
  // Rest
  { number: 380, name: 'finger', ...tcp(79) },
  { number: 381, name: 'whois', ...tcp(43) },
  { number: 382, name: 'ident', ...tcp(113) },
  { number: 383, name: 'echo', ...both(7) },
  { number: 384, name: 'discard', ...both(9) },
  { number: 385, name: 'chargen', ...both(19) },
  { number: 386, name: 'daytime', ...both(13) },
  { number: 387, name: 'qotd', ...both(17) },
  { number: 388, name: 'gopher', ...tcp(70) },
  { number: 389, name: 'upnp', title: 'UPnP events and control', ...tcp(2869, 5000) },
  { number: 390, name: 'nat-pmp', title: 'NAT-PMP, PCP', ...udp(5351) },
  { number: 391, name: 'git-lfs' },
  { number: 392, name: 'iperf', ...both(5001, 5201) },
  { number: 393, name: 'sctp', ip: [132] },
  { number: 394, name: 'wake-on-lan' },
] as const satisfies readonly Application[];

export type ApplicationName = (typeof APPLICATIONS)[number]['name'];

const BY_NAME = new Map<string, Application>(APPLICATIONS.map((a) => [a.name, a]));
const NAMES: readonly string[] = APPLICATIONS.reduce<string[]>((names, { number, name }) => {
  names[number] = name;
  return names;
}, []);

/** The permanent number of an application. */
export function applicationNumber(name: ApplicationName): number {
  return BY_NAME.get(name)!.number;
}

/** The name behind a number; empty where no application has it. */
export function applicationName(number: number): string {
  return NAMES[number] ?? '';
}

/** The application of that name, or undefined. */
export function findApplication(name: string): Application | undefined {
  return BY_NAME.get(name);
}
