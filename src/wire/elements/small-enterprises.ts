/** Enterprises of which only a few elements are publicly known. */

/** Nokia (Alcatel-Lucent), PEN 637: NAT logging of the 7750 SR. */
export const NOKIA = `
91 aluInsideServiceId u16 identifier
92 aluOutsideServiceId u16 identifier
93 aluNatSubString text
`;

/** Huawei, PEN 2011: passive optical networks. Its routers use IANA's elements. */
export const HUAWEI = `
1 ingressGponGemPortId u16 identifier
2 egressGponGemPortId u16 identifier
`;

/** Redback (Ericsson SmartEdge), PEN 2352: NAT logging over NetFlow v9, under these numbers and without an enterprise. */
export const ERICSSON = `
24628 natContextId u32 identifier
24629 natContextName text
24630 natAssignTime s
24631 natUnassignTime s
24632 natInternalIPv4Address ipv4
24633 natExternalIPv4Address ipv4
24634 natExternalPortFirst u16 identifier
24635 natExternalPortLast u16 identifier
`;

/** Juniper, PEN 2636: properties of the observation domain in resiliency records. Wireshark reads a kind and a value out of 16 bits. */
export const JUNIPER = `
137 commonProperties octets
`;

/** Sophos (Astaro), PEN 9789. */
export const SOPHOS = `
1 afcProtocol u16 identifier
2 afcProtocolName text
4 flowDirection u8 identifier
`;

/** Barracuda (phion), PEN 10704. Many of its firewalls send 12326, which is another's number, by mistake: both are read. */
export const BARRACUDA = `
1 timestamp s
2 logOp u8 identifier
3 trafficType u8 identifier
4 firewallRule text
5 serviceName text
6 reason u32 identifier
7 reasonText text
8 bindIPv4Address ipv4
9 bindTransportPort u16 identifier
10 connIPv4Address ipv4
11 connTransportPort u16 identifier
12 auditCounter u32
`;

/** Palo Alto Networks, PEN 25461: NetFlow v9 types of PAN-OS templates, which name the enterprise in field 346 beside them. */
export const PALO_ALTO = `
56701 appId text
56702 userId text
`;

/** Riverbed SteelHead, PEN 17163: NetFlow v9 types, as ElastiFlow reads them: one source. */
export const RIVERBED = `
51100 passthroughReason u8 identifier
51101 wanVisibility u8 identifier
51102 clientInpathIPv4Address ipv4
51103 serverInpathIPv4Address ipv4
51104 clientInpathPort u16 identifier
51105 serverInpathPort u16 identifier
51106 outerInpathIPv4Address ipv4
51107 outerInpathPort u16 identifier
51108 retransmittedPackets u32 - packets
51109 retransmittedOctets u32 - octets
51110 connectionRoundTripTime u32
51111 applianceType u8 identifier
`;

/** Cisco SD-WAN (Viptela), PEN 41916. */
export const VIPTELA = `
4321 vpnId u64 identifier
`;

/** Ziften (an agent on hosts), PEN 44619, as ElastiFlow reads it: one source. */
export const ZIFTEN = `
257 inbound u8
258 processId u32 identifier
259 parentProcessId u32 identifier
261 imagePath text
263 fileName text
264 platform text
266 agentGuid text
267 hostName text
296 userSid text
297 parentImagePath text
301 commandLine text
`;
