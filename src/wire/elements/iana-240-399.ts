/**
 * IANA information elements 240 to 399 (RFC 7012 and the registry it set up).
 *
 * One element a line: number, name, type, then semantic (`-` for none) and unit where it has them; the words are explained
 * in element-table.ts.
 */
export const IANA_240_399 = `
240 ethernetHeaderLength u8 quantity octets
241 ethernetPayloadLength u16 quantity octets
242 ethernetTotalLength u16 quantity octets
243 dot1qVlanId u16 identifier
244 dot1qPriority u8 identifier
245 dot1qCustomerVlanId u16 identifier
246 dot1qCustomerPriority u8 identifier
247 metroEvcId text
248 metroEvcType u8 identifier
249 pseudoWireId u32 identifier
250 pseudoWireType u16 identifier
251 pseudoWireControlWord u32 identifier
252 ingressPhysicalInterface u32 identifier
253 egressPhysicalInterface u32 identifier
254 postDot1qVlanId u16 identifier
255 postDot1qCustomerVlanId u16 identifier
256 ethernetType u16 identifier
257 postIpPrecedence u8 identifier
258 collectionTimeMilliseconds ms - milliseconds
259 exportSctpStreamId u16 identifier
260 maxExportSeconds s - seconds
261 maxFlowEndSeconds s - seconds
262 messageMD5Checksum octets
263 messageScope u8
264 minExportSeconds s - seconds
265 minFlowStartSeconds s - seconds
266 opaqueOctets octets
267 sessionScope u8
268 maxFlowEndMicroseconds us - microseconds
269 maxFlowEndMilliseconds ms - milliseconds
270 maxFlowEndNanoseconds ns - nanoseconds
271 minFlowStartMicroseconds us - microseconds
272 minFlowStartMilliseconds ms - milliseconds
273 minFlowStartNanoseconds ns - nanoseconds
274 collectorCertificate octets
275 exporterCertificate octets
276 dataRecordsReliability boolean
277 observationPointType u8 identifier
278 newConnectionDeltaCount u32 delta
279 connectionSumDurationSeconds u64 - seconds
280 connectionTransactionId u64 identifier
281 postNATSourceIPv6Address ipv6
282 postNATDestinationIPv6Address ipv6
283 natPoolId u32 identifier
284 natPoolName text
285 anonymizationFlags u16 flags
286 anonymizationTechnique u16 identifier
287 informationElementIndex u16 identifier
288 p2pTechnology text
289 tunnelTechnology text
290 encryptedTechnology text
291 basicList basic_list list
292 subTemplateList template_list list
293 subTemplateMultiList template_multi_list list
294 bgpValidityState u8 identifier
295 IPSecSPI u32 identifier
296 greKey u32 identifier
297 natType u8 identifier
298 initiatorPackets u64 delta packets
299 responderPackets u64 delta packets
300 observationDomainName text
301 selectionSequenceId u64 identifier
302 selectorId u64 identifier
303 informationElementId u16 identifier
304 selectorAlgorithm u16 identifier
305 samplingPacketInterval u32 quantity packets
306 samplingPacketSpace u32 quantity packets
307 samplingTimeInterval u32 quantity microseconds
308 samplingTimeSpace u32 quantity microseconds
309 samplingSize u32 quantity packets
310 samplingPopulation u32 quantity packets
311 samplingProbability f64 quantity
312 dataLinkFrameSize u16 quantity
313 ipHeaderPacketSection octets
314 ipPayloadPacketSection octets
315 dataLinkFrameSection octets
316 mplsLabelStackSection octets
317 mplsPayloadPacketSection octets
318 selectorIdTotalPktsObserved u64 total packets
319 selectorIdTotalPktsSelected u64 total packets
320 absoluteError f64 quantity
321 relativeError f64 quantity
322 observationTimeSeconds s - seconds
323 observationTimeMilliseconds ms - milliseconds
324 observationTimeMicroseconds us - microseconds
325 observationTimeNanoseconds ns - nanoseconds
326 digestHashValue u64 quantity
327 hashIPPayloadOffset u64 quantity
328 hashIPPayloadSize u64 quantity
329 hashOutputRangeMin u64 quantity
330 hashOutputRangeMax u64 quantity
331 hashSelectedRangeMin u64 quantity
332 hashSelectedRangeMax u64 quantity
333 hashDigestOutput boolean
334 hashInitialiserValue u64 quantity
335 selectorName text
336 upperCILimit f64 quantity
337 lowerCILimit f64 quantity
338 confidenceLevel f64 quantity
339 informationElementDataType u8
340 informationElementDescription text
341 informationElementName text
342 informationElementRangeBegin u64 quantity
343 informationElementRangeEnd u64 quantity
344 informationElementSemantics u8
345 informationElementUnits u16
346 privateEnterpriseNumber u32 identifier
347 virtualStationInterfaceId octets
348 virtualStationInterfaceName text
349 virtualStationUUID octets
350 virtualStationName text
351 layer2SegmentId u64 identifier
352 layer2OctetDeltaCount u64 delta octets
353 layer2OctetTotalCount u64 total octets
354 ingressUnicastPacketTotalCount u64 total packets
355 ingressMulticastPacketTotalCount u64 total packets
356 ingressBroadcastPacketTotalCount u64 total packets
357 egressUnicastPacketTotalCount u64 total packets
358 egressBroadcastPacketTotalCount u64 total packets
359 monitoringIntervalStartMilliSeconds ms - milliseconds
360 monitoringIntervalEndMilliSeconds ms - milliseconds
361 portRangeStart u16 identifier
362 portRangeEnd u16 identifier
363 portRangeStepSize u16 identifier
364 portRangeNumPorts u16 identifier
365 staMacAddress mac
366 staIPv4Address ipv4
367 wtpMacAddress mac
368 ingressInterfaceType u32 identifier
369 egressInterfaceType u32 identifier
370 rtpSequenceNumber u16
371 userName text
372 applicationCategoryName text
373 applicationSubCategoryName text
374 applicationGroupName text
375 originalFlowsPresent u64 delta flows
376 originalFlowsInitiated u64 delta flows
377 originalFlowsCompleted u64 delta flows
378 distinctCountOfSourceIPAddress u64 total
379 distinctCountOfDestinationIPAddress u64 total
380 distinctCountOfSourceIPv4Address u32 total
381 distinctCountOfDestinationIPv4Address u32 total
382 distinctCountOfSourceIPv6Address u64 total
383 distinctCountOfDestinationIPv6Address u64 total
384 valueDistributionMethod u8
385 rfc3550JitterMilliseconds u32 quantity milliseconds
386 rfc3550JitterMicroseconds u32 quantity microseconds
387 rfc3550JitterNanoseconds u32 quantity nanoseconds
388 dot1qDEI boolean
389 dot1qCustomerDEI boolean
390 flowSelectorAlgorithm u16 identifier
391 flowSelectedOctetDeltaCount u64 delta octets
392 flowSelectedPacketDeltaCount u64 delta packets
393 flowSelectedFlowDeltaCount u64 delta flows
394 selectorIDTotalFlowsObserved u64 - flows
395 selectorIDTotalFlowsSelected u64 - flows
396 samplingFlowInterval u64 - flows
397 samplingFlowSpacing u64 - flows
398 flowSamplingTimeInterval u64 - microseconds
399 flowSamplingTimeSpacing u64 - microseconds
`;
