/**
 * IANA information elements 400 to 533 (RFC 7012 and the registry it set up).
 *
 * One element a line: number, name, type, then semantic (`-` for none) and unit where it has them; the words are explained
 * in element-table.ts.
 * 416 and 419 were withdrawn (doubles of 352 and 353). 492-502 come from RFC 9487, 513-524 from RFC 9740, 525-529 from RFC 9870,
 * 530-533 from RFC 9951: as in the registry of 2026-04-02, the latest copy that was at hand.
 */
export const IANA_400_533 = `
400 hashFlowDomain u16 identifier
401 transportOctetDeltaCount u64 delta octets
402 transportPacketDeltaCount u64 delta packets
403 originalExporterIPv4Address ipv4
404 originalExporterIPv6Address ipv6
405 originalObservationDomainId u32 identifier
406 intermediateProcessId u32 identifier
407 ignoredDataRecordTotalCount u64 total
408 dataLinkFrameType u16 flags
409 sectionOffset u16 quantity
410 sectionExportedOctets u16 quantity
411 dot1qServiceInstanceTag octets
412 dot1qServiceInstanceId u32 identifier
413 dot1qServiceInstancePriority u8 identifier
414 dot1qCustomerSourceMacAddress mac
415 dot1qCustomerDestinationMacAddress mac
417 postLayer2OctetDeltaCount u64 delta octets
418 postMCastLayer2OctetDeltaCount u64 delta octets
420 postLayer2OctetTotalCount u64 total octets
421 postMCastLayer2OctetTotalCount u64 total octets
422 minimumLayer2TotalLength u64 - octets
423 maximumLayer2TotalLength u64 - octets
424 droppedLayer2OctetDeltaCount u64 delta octets
425 droppedLayer2OctetTotalCount u64 total octets
426 ignoredLayer2OctetTotalCount u64 total octets
427 notSentLayer2OctetTotalCount u64 total octets
428 layer2OctetDeltaSumOfSquares u64 delta octets
429 layer2OctetTotalSumOfSquares u64 total octets
430 layer2FrameDeltaCount u64 delta frames
431 layer2FrameTotalCount u64 total frames
432 pseudoWireDestinationIPv4Address ipv4
433 ignoredLayer2FrameTotalCount u64 total frames
434 mibObjectValueInteger i32 quantity
435 mibObjectValueOctetString octets
436 mibObjectValueOID octets
437 mibObjectValueBits octets flags
438 mibObjectValueIPAddress ipv4
439 mibObjectValueCounter u64 snmp_counter
440 mibObjectValueGauge u32 snmp_gauge
441 mibObjectValueTimeTicks u32 quantity
442 mibObjectValueUnsigned u32 quantity
443 mibObjectValueTable template_list list
444 mibObjectValueRow template_list list
445 mibObjectIdentifier octets
446 mibSubIdentifier u32 identifier
447 mibIndexIndicator u64 flags
448 mibCaptureTimeSemantics u8 identifier
449 mibContextEngineID octets
450 mibContextName text
451 mibObjectName text
452 mibObjectDescription text
453 mibObjectSyntax text
454 mibModuleName text
455 mobileIMSI text
456 mobileMSISDN text
457 httpStatusCode u16 identifier
458 sourceTransportPortsLimit u16 quantity
459 httpRequestMethod text
460 httpRequestHost text
461 httpRequestTarget text
462 httpMessageVersion text
463 natInstanceID u32 identifier
464 internalAddressRealm octets identifier
465 externalAddressRealm octets identifier
466 natQuotaExceededEvent u32 identifier
467 natThresholdEvent u32 identifier
468 httpUserAgent text
469 httpContentType text
470 httpReasonPhrase text
471 maxSessionEntries u32 identifier
472 maxBIBEntries u32 identifier
473 maxEntriesPerUser u32 identifier
474 maxSubscribers u32 identifier
475 maxFragmentsPendingReassembly u32 identifier
476 addressPoolHighThreshold u32 identifier
477 addressPoolLowThreshold u32 identifier
478 addressPortMappingHighThreshold u32 identifier
479 addressPortMappingLowThreshold u32 identifier
480 addressPortMappingPerUserHighThreshold u32 identifier
481 globalAddressMappingHighThreshold u32 identifier
482 vpnIdentifier octets
483 bgpCommunity u32 identifier
484 bgpSourceCommunityList basic_list list
485 bgpDestinationCommunityList basic_list list
486 bgpExtendedCommunity octets
487 bgpSourceExtendedCommunityList basic_list list
488 bgpDestinationExtendedCommunityList basic_list list
489 bgpLargeCommunity octets
490 bgpSourceLargeCommunityList basic_list list
491 bgpDestinationLargeCommunityList basic_list list
492 srhFlagsIPv6 u8 flags
493 srhTagIPv6 u16 identifier
494 srhSegmentIPv6 ipv6
495 srhActiveSegmentIPv6 ipv6
496 srhSegmentIPv6BasicList basic_list list
497 srhSegmentIPv6ListSection octets
498 srhSegmentsIPv6Left u8 quantity
499 srhIPv6Section octets
500 srhIPv6ActiveSegmentType u8 identifier
501 srhSegmentIPv6LocatorLength u8
502 srhSegmentIPv6EndpointBehavior u16 identifier
503 transportChecksum u16
504 icmpHeaderPacketSection octets
505 gtpuFlags u8 flags
506 gtpuMsgType u8 identifier
507 gtpuTEid u32 identifier
508 gtpuSequenceNum u16 identifier
509 gtpuQFI u8 identifier
510 gtpuPduType u8 identifier
511 bgpSourceAsPathList basic_list list
512 bgpDestinationAsPathList basic_list list
513 ipv6ExtensionHeaderType u8 identifier
514 ipv6ExtensionHeaderCount u8 total
515 ipv6ExtensionHeadersFull u256 flags
516 ipv6ExtensionHeaderTypeCountList template_list list
517 ipv6ExtensionHeadersLimit boolean
518 ipv6ExtensionHeadersChainLength u32 identifier
519 ipv6ExtensionHeaderChainLengthList template_list list
520 tcpOptionsFull u256 flags
521 tcpSharedOptionExID16 u16 identifier
522 tcpSharedOptionExID32 u32 identifier
523 tcpSharedOptionExID16List basic_list list
524 tcpSharedOptionExID32List basic_list list
525 udpSafeOptions u256 flags
526 udpUnsafeOptions u64 flags
527 udpExID u16 identifier
528 udpSafeExIDList basic_list list
529 udpUnsafeExIDList basic_list list
530 pathDelayMeanDeltaMicroseconds u32 delta
531 pathDelayMinDeltaMicroseconds u32 delta
532 pathDelayMaxDeltaMicroseconds u32 delta
533 pathDelaySumDeltaMicroseconds u64 delta
`;
