/**
 * IANA information elements 1 to 239 (RFC 7012 and the registry it set up).
 *
 * One element a line: number, name, type, then semantic (`-` for none) and unit where it has them; the words are explained
 * in element-table.ts.
 * Numbers that are missing here (65-69, 97, 105-127) are reserved for NetFlow v9 or not assigned.
 */
export const IANA_1_239 = `
1 octetDeltaCount u64 delta octets
2 packetDeltaCount u64 delta packets
3 deltaFlowCount u64 delta flows
4 protocolIdentifier u8 identifier
5 ipClassOfService u8 identifier
6 tcpControlBits u16 flags
7 sourceTransportPort u16 identifier
8 sourceIPv4Address ipv4
9 sourceIPv4PrefixLength u8 - bits
10 ingressInterface u32 identifier
11 destinationTransportPort u16 identifier
12 destinationIPv4Address ipv4
13 destinationIPv4PrefixLength u8 - bits
14 egressInterface u32 identifier
15 ipNextHopIPv4Address ipv4
16 bgpSourceAsNumber u32 identifier
17 bgpDestinationAsNumber u32 identifier
18 bgpNextHopIPv4Address ipv4
19 postMCastPacketDeltaCount u64 delta packets
20 postMCastOctetDeltaCount u64 delta octets
21 flowEndSysUpTime u32 - milliseconds
22 flowStartSysUpTime u32 - milliseconds
23 postOctetDeltaCount u64 delta octets
24 postPacketDeltaCount u64 delta packets
25 minimumIpTotalLength u64 - octets
26 maximumIpTotalLength u64 - octets
27 sourceIPv6Address ipv6
28 destinationIPv6Address ipv6
29 sourceIPv6PrefixLength u8 - bits
30 destinationIPv6PrefixLength u8 - bits
31 flowLabelIPv6 u32 identifier
32 icmpTypeCodeIPv4 u16 identifier
33 igmpType u8 identifier
34 samplingInterval u32 quantity packets
35 samplingAlgorithm u8 identifier
36 flowActiveTimeout u16 - seconds
37 flowIdleTimeout u16 - seconds
38 engineType u8 identifier
39 engineId u8 identifier
40 exportedOctetTotalCount u64 total octets
41 exportedMessageTotalCount u64 total messages
42 exportedFlowRecordTotalCount u64 total flows
43 ipv4RouterSc ipv4
44 sourceIPv4Prefix ipv4
45 destinationIPv4Prefix ipv4
46 mplsTopLabelType u8 identifier
47 mplsTopLabelIPv4Address ipv4
48 samplerId u8 identifier
49 samplerMode u8 identifier
50 samplerRandomInterval u32 quantity
51 classId u8 identifier
52 minimumTTL u8 - hops
53 maximumTTL u8 - hops
54 fragmentIdentification u32 identifier
55 postIpClassOfService u8 identifier
56 sourceMacAddress mac
57 postDestinationMacAddress mac
58 vlanId u16 identifier
59 postVlanId u16 identifier
60 ipVersion u8 identifier
61 flowDirection u8 identifier
62 ipNextHopIPv6Address ipv6
63 bgpNextHopIPv6Address ipv6
64 ipv6ExtensionHeaders u32 flags
70 mplsTopLabelStackSection octets
71 mplsLabelStackSection2 octets
72 mplsLabelStackSection3 octets
73 mplsLabelStackSection4 octets
74 mplsLabelStackSection5 octets
75 mplsLabelStackSection6 octets
76 mplsLabelStackSection7 octets
77 mplsLabelStackSection8 octets
78 mplsLabelStackSection9 octets
79 mplsLabelStackSection10 octets
80 destinationMacAddress mac
81 postSourceMacAddress mac
82 interfaceName text
83 interfaceDescription text
84 samplerName text
85 octetTotalCount u64 total octets
86 packetTotalCount u64 total packets
87 flagsAndSamplerId u32 identifier
88 fragmentOffset u16 quantity
89 forwardingStatus u8 identifier
90 mplsVpnRouteDistinguisher octets
91 mplsTopLabelPrefixLength u8 quantity bits
92 srcTrafficIndex u32 identifier
93 dstTrafficIndex u32 identifier
94 applicationDescription text
95 applicationId octets
96 applicationName text
98 postIpDiffServCodePoint u8 identifier
99 multicastReplicationFactor u32 quantity
100 className text
101 classificationEngineId u8 identifier
102 layer2packetSectionOffset u16 quantity
103 layer2packetSectionSize u16 quantity
104 layer2packetSectionData octets
128 bgpNextAdjacentAsNumber u32 identifier
129 bgpPrevAdjacentAsNumber u32 identifier
130 exporterIPv4Address ipv4
131 exporterIPv6Address ipv6
132 droppedOctetDeltaCount u64 delta octets
133 droppedPacketDeltaCount u64 delta packets
134 droppedOctetTotalCount u64 total octets
135 droppedPacketTotalCount u64 total packets
136 flowEndReason u8 identifier
137 commonPropertiesId u64 identifier
138 observationPointId u64 identifier
139 icmpTypeCodeIPv6 u16 identifier
140 mplsTopLabelIPv6Address ipv6
141 lineCardId u32 identifier
142 portId u32 identifier
143 meteringProcessId u32 identifier
144 exportingProcessId u32 identifier
145 templateId u16 identifier
146 wlanChannelId u8 identifier
147 wlanSSID text
148 flowId u64 identifier
149 observationDomainId u32 identifier
150 flowStartSeconds s - seconds
151 flowEndSeconds s - seconds
152 flowStartMilliseconds ms - milliseconds
153 flowEndMilliseconds ms - milliseconds
154 flowStartMicroseconds us - microseconds
155 flowEndMicroseconds us - microseconds
156 flowStartNanoseconds ns - nanoseconds
157 flowEndNanoseconds ns - nanoseconds
158 flowStartDeltaMicroseconds u32 - microseconds
159 flowEndDeltaMicroseconds u32 - microseconds
160 systemInitTimeMilliseconds ms - milliseconds
161 flowDurationMilliseconds u32 - milliseconds
162 flowDurationMicroseconds u32 - microseconds
163 observedFlowTotalCount u64 total flows
164 ignoredPacketTotalCount u64 total packets
165 ignoredOctetTotalCount u64 total octets
166 notSentFlowTotalCount u64 total flows
167 notSentPacketTotalCount u64 total packets
168 notSentOctetTotalCount u64 total octets
169 destinationIPv6Prefix ipv6
170 sourceIPv6Prefix ipv6
171 postOctetTotalCount u64 total octets
172 postPacketTotalCount u64 total packets
173 flowKeyIndicator u64 flags
174 postMCastPacketTotalCount u64 total packets
175 postMCastOctetTotalCount u64 total octets
176 icmpTypeIPv4 u8 identifier
177 icmpCodeIPv4 u8 identifier
178 icmpTypeIPv6 u8 identifier
179 icmpCodeIPv6 u8 identifier
180 udpSourcePort u16 identifier
181 udpDestinationPort u16 identifier
182 tcpSourcePort u16 identifier
183 tcpDestinationPort u16 identifier
184 tcpSequenceNumber u32
185 tcpAcknowledgementNumber u32
186 tcpWindowSize u16
187 tcpUrgentPointer u16
188 tcpHeaderLength u8 - octets
189 ipHeaderLength u8 - octets
190 totalLengthIPv4 u16 - octets
191 payloadLengthIPv6 u16 - octets
192 ipTTL u8 - hops
193 nextHeaderIPv6 u8
194 mplsPayloadLength u32 - octets
195 ipDiffServCodePoint u8 identifier
196 ipPrecedence u8 identifier
197 fragmentFlags u8 flags
198 octetDeltaSumOfSquares u64
199 octetTotalSumOfSquares u64 - octets
200 mplsTopLabelTTL u8 - hops
201 mplsLabelStackLength u32 - octets
202 mplsLabelStackDepth u32 - entries
203 mplsTopLabelExp u8 flags
204 ipPayloadLength u32 - octets
205 udpMessageLength u16 - octets
206 isMulticast u8 flags
207 ipv4IHL u8 - octets
208 ipv4Options u32 flags
209 tcpOptions u64 flags
210 paddingOctets octets
211 collectorIPv4Address ipv4
212 collectorIPv6Address ipv6
213 exportInterface u32 identifier
214 exportProtocolVersion u8 identifier
215 exportTransportProtocol u8 identifier
216 collectorTransportPort u16 identifier
217 exporterTransportPort u16 identifier
218 tcpSynTotalCount u64 total packets
219 tcpFinTotalCount u64 total packets
220 tcpRstTotalCount u64 total packets
221 tcpPshTotalCount u64 total packets
222 tcpAckTotalCount u64 total packets
223 tcpUrgTotalCount u64 total packets
224 ipTotalLength u64 - octets
225 postNATSourceIPv4Address ipv4
226 postNATDestinationIPv4Address ipv4
227 postNAPTSourceTransportPort u16 identifier
228 postNAPTDestinationTransportPort u16 identifier
229 natOriginatingAddressRealm u8 identifier
230 natEvent u8 identifier
231 initiatorOctets u64 delta octets
232 responderOctets u64 delta octets
233 firewallEvent u8
234 ingressVRFID u32
235 egressVRFID u32
236 VRFname text
237 postMplsTopLabelExp u8 flags
238 tcpWindowScale u16
239 biflowDirection u8 identifier
`;
