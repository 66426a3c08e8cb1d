/**
 * Cisco, PEN 9: application visibility (AVC), ASA firewalls, TrustSec, policies, and nvzFlow of Secure Client (AnyConnect).
 *
 * Cisco's NetFlow v9 sends the same elements with bit 15 set: 45004 is 12236, 33002 is 234, 40000 is 7232.
 *
 * Sources: Cisco's AVC metric definition guide and ASA NetFlow guide; Wireshark for 1232-1235, 4232-4325, 7233-7237 and 8233-8238.
 * nvzFlow: 12332-12347 as Kentik, ElastiFlow and a captured template (Observable Networks) agree; 12351-12363 by ElastiFlow and
 * Cisco's administration guide; 12348 and 12350 are what the lists 12352 and 12353 hold in that capture. 12354 and 12359 are
 * octets because their encoding is not published. The process ids, paths and arguments that newer clients send are in no public list.
 * 29844-29849 are known from ElastiFlow alone. 4273 is one octet (Wireshark; ElastiFlow: four).
 */
export const CISCO = `
232 ingressAclId octets
233 egressAclId octets
234 firewallEventExtended u16
1232 sgtSourceTag u16 identifier
1233 sgtDestinationTag u16 identifier
1234 sgtSourceName text
1235 sgtDestinationName text
4232 packetsDropped u32
4235 byteRate u32
4236 applicationMediaBytes u32 delta octets
4238 applicationMediaByteRate u32
4239 applicationMediaPackets u32 delta packets
4241 applicationMediaPacketRate u32
4243 applicationMediaEvent u8
4244 monitorEvent u8
4246 transportPacketsExpected u32
4248 transportRoundTripTime u32
4249 transportEventPacketLoss u32
4251 transportPacketsLost u32
4253 transportPacketsLostRate u32
4254 transportRtpSsrc u32 identifier
4255 transportRtpJitterMean u32
4256 transportRtpJitterMin u32
4257 transportRtpJitterMax u32
4273 transportRtpPayloadType u8 identifier
4303 transportBytesOutOfOrder u64
4306 transportPacketsOutOfOrder u32
4315 tcpWindowSizeMin u32 identifier octets
4316 tcpWindowSizeMax u32 identifier octets
4317 tcpWindowSizeMean u32 - octets
4318 tcpMaximumSegmentSize u16 identifier octets
4324 tcpWindowSizeSum u64 identifier octets
4325 transportRtpJitterMeanSum u64
7232 userName text
7233 xlateSourceIPv4Address ipv4
7234 xlateDestinationIPv4Address ipv4
7235 xlateSourcePort u16 identifier
7236 xlateDestinationPort u16 identifier
7237 firewallEvent u8
8232 classHierarchy octets identifier
8233 c3plClassCceId u32 identifier
8234 c3plClassName text
8235 c3plClassType octets
8236 c3plPolicyCceId u32 identifier
8237 c3plPolicyName text
8238 c3plPolicyType octets
8337 serverBytesNetwork u64 - octets
8338 clientBytesNetwork u64 - octets
9252 servicesWaasSegment u8 identifier
9253 servicesWaasPassThroughReason u8 identifier
9267 clientRetransBytes u32 delta octets
9268 clientRetransPackets u32 delta packets
9269 serverRetransBytes u32 delta octets
9270 serverRetransPackets u32 delta packets
9272 transactionCountDelta u32 delta
9273 sumTransactionTime u32 - milliseconds
9274 maxTransactionTime u32 - milliseconds
9275 minTransactionTime u32 - milliseconds
9292 numRespsCountDelta u32 delta
9293 numResps1CountDelta u32 delta
9294 numResps2CountDelta u32 delta
9295 numResps3CountDelta u32 delta
9296 numResps4CountDelta u32 delta
9297 numResps5CountDelta u32 delta
9298 numResps6CountDelta u32 delta
9299 numResps7CountDelta u32 delta
9300 numLateRespsCountDelta u32 delta
9303 sumRespTime u32 - milliseconds
9304 maxRespTime u32 - milliseconds
9305 minRespTime u32 - milliseconds
9306 sumServerRespTime u32 - milliseconds
9307 maxServerRespTime u32 - milliseconds
9308 minServerRespTime u32 - milliseconds
9309 sumTotalRespTime u32 - milliseconds
9310 maxTotalRespTime u32 - milliseconds
9311 minTotalRespTime u32 - milliseconds
9313 sumNwkTime u32 - milliseconds
9314 maxNwkTime u32 - milliseconds
9315 minNwkTime u32 - milliseconds
9316 sumClientNwkTime u32 - milliseconds
9317 maxClientNwkTime u32 - milliseconds
9318 minClientNwkTime u32 - milliseconds
9319 sumServerNwkTime u32 - milliseconds
9320 maxServerNwkTime u32 - milliseconds
9321 minServerNwkTime u32 - milliseconds
9357 appHTTPUriStatistics text
9360 policyQosQueueID u32 identifier
9361 policyQosQueueDrop u64 delta
12232 appCategoryName text
12233 appSubCategoryName text
12234 appGroupName text
12235 appHTTPHost text
12236 clientIPv4Address ipv4 identifier
12237 serverIPv4Address ipv4 identifier
12238 clientIPv6Address ipv6 identifier
12239 serverIPv6Address ipv6 identifier
12240 clientTransportPort u16 identifier
12241 serverTransportPort u16 identifier
12242 connectionId u32 identifier
12243 appTrafficClass text
12244 appBusiness text
12332 nvzFlowUDID octets identifier
12333 nvzFlowLoggedInUser text
12334 nvzFlowOSName text
12335 nvzFlowOSVersion text
12336 nvzFlowSystemManufacturer text
12337 nvzFlowSystemType text
12338 nvzFlowProcessAccount text
12339 nvzFlowParentProcessAccount text
12340 nvzFlowProcessName text
12341 nvzFlowProcessHash octets
12342 nvzFlowParentProcessName text
12343 nvzFlowParentProcessHash octets
12344 nvzFlowDNSSuffix text
12345 nvzFlowDestinationHostname text
12346 nvzFlowL4ByteCountIn u64 - octets
12347 nvzFlowL4ByteCountOut u64 - octets
12348 nvzFlowModuleName text
12350 nvzFlowModuleHash octets
12351 nvzFlowOSEdition text
12352 nvzFlowModuleNameList basic_list list
12353 nvzFlowModuleHashList basic_list list
12354 nvzFlowCoordinatesList octets
12355 nvzFlowInterfaceInfoUID u32 identifier
12356 nvzFlowInterfaceIndex u32 identifier
12357 nvzFlowInterfaceType u8 identifier
12358 nvzFlowInterfaceName text
12359 nvzFlowInterfaceDetailsList octets
12360 nvzFlowInterfaceMacAddress text
12361 nvzFlowLoggedInUserAccountType u16 identifier
12362 nvzFlowProcessAccountType u16 identifier
12363 nvzFlowParentProcessAccountType u16 identifier
29844 endpointProcessUser text
29845 endpointProcessName text
29846 endpointProcessHash text
29847 endpointParentProcessUser text
29848 endpointParentProcessName text
29849 endpointParentProcessHash text
`;
