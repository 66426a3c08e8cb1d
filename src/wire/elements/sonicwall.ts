/**
 * SonicWall "IPFIX with extensions", PEN 8741. Numbers and types as ElastiFlow reads them (no second public source); names are ours.
 */
export const SONICWALL = `
1 timestamp u32
2 flowIdentifier u32 identifier
3 initiatorGatewayMac mac
4 responderGatewayMac mac
5 initiatorIPv4Address ipv4
6 responderIPv4Address ipv4
7 initiatorGatewayIPv4Address ipv4
8 responderGatewayIPv4Address ipv4
9 initiatorInterface u32 identifier
10 responderInterface u32 identifier
11 initiatorPort u16 identifier
12 responderPort u16 identifier
13 initiatorToResponderPackets u32 - packets
14 initiatorToResponderOctets u32 - octets
15 responderToInitiatorPackets u32 - packets
16 responderToInitiatorOctets u32 - octets
17 flowStartTime u32
18 flowEndTime u32
19 internalFlags u16 flags
20 protocolType u8 identifier
22 flowApplicationId u32 identifier
23 flowUserId u64 identifier
25 flowIpsId u32 identifier
26 flowVirusId u32 identifier
27 flowSpywareId u32 identifier
28 templateIdentifier u32 identifier
29 tableName text
30 columnIdentifier u32 identifier
31 columnName text
32 columnType u32 identifier
33 columnStandardIpfixId u32 identifier
34 userIndex u64 identifier
35 userName text
36 userId u64 identifier
37 userDomain text
38 userAuthenticationType u32 identifier
39 applicationIndex u32 identifier
40 applicationId u32 identifier
41 applicationName text
42 applicationCategoryId u32 identifier
43 applicationCategoryName text
44 applicationSignatureId u32 identifier
45 virusIndex u32 identifier
46 virusName text
47 virusSignatureId u32 identifier
48 intrusionIndex u32 identifier
49 intrusionName text
50 intrusionCategoryId u32 identifier
51 intrusionCategoryName text
52 intrusionSignatureId u32 identifier
53 spywareIndex u32 identifier
54 spywareName text
55 spywareProductId u32 identifier
56 spywareProductName text
57 spywareSignatureId u32 identifier
59 urlName text
60 urlIPv4Address ipv4
62 ratingIndex u32 identifier
63 ratingName text
64 regionId u32 identifier
65 countryId u32 identifier
66 countryName text
67 regionName text
68 locationIPv4Address ipv4
69 locationRegionId u32 identifier
70 locationDomainName text
117 interfaceName text
118 interfaceType u8 identifier
119 interfaceSpeed u32
120 interfaceState u8
121 interfaceMtu u16
155 vpnInSpi u64 identifier
156 vpnOutSpi u64 identifier
157 vpnTunnelName text
158 vpnLocalGateway ipv4
159 vpnRemoteGateway ipv4
169 initiatorToResponderDeltaPackets u32 delta packets
170 initiatorToResponderDeltaOctets u32 delta octets
171 responderToInitiatorDeltaPackets u32 delta packets
172 responderToInitiatorDeltaOctets u32 delta octets
173 flowBlockReason u8 identifier
178 userIPv4Address ipv4
`;
