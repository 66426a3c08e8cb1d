/**
 * Masaryk University, PEN 16982.
 */
export const MASARYK = `
0 sourceGeo u8
1 destinationGeo u8
100 HTTPUserAgent u8
101 HTTPMethod u8
102 HTTPDomain text
103 HTTPReferer text
104 HTTPContentType u8
105 HTTPUrl text
106 HTTPStatus u16 identifier
107 HTTPHeaderCount u16 identifier
200 appPID u32 identifier
201 appName text identifier
202 appUID u32 identifier
203 appMatchLevel u8 identifier
400 tunnelSrcIPv6 ipv6 identifier
401 tunnelDstIPv6 ipv6 identifier
402 tunnelSrcPort u16 identifier
403 tunnelDstPort u16 identifier
404 tunnelProtocol u8 identifier
405 tunnelType u8 identifier
406 tunnelTCPFlags u8 identifier
407 tunnelICMPcode u16 identifier
408 tunnelTeredoHeaders u8 identifier
409 tunnelTeredoTrailers u8 identifier
410 tunnelSourceGeo text identifier
411 tunnelDestinationGeo text identifier
412 tunnelOuterSourceGeo text identifier
413 tunnelOuterDestinationGeo text identifier
414 tunnelHOPLimit u8 identifier
500 HTTPRequestType u32
501 HTTPRequestHost text
502 HTTPRequestURL text
503 HTTPRequestAgentID u32
504 HTTPRequestAgent text
505 HTTPRequestReferer text
506 HTTPResponseCode u32
507 HTTPResponseType text
508 HTTPResponseTime u32
800 tlsCliVer u16
801 tlsSerVer u16
802 tlsSerCips u16
803 tlsCliCips octets
804 tlsCertSubject text
805 tlsCertIssuer text
806 tlsCertNotBefore u64
807 tlsCerNotAfter u64
808 tlsPkeyLength u16
809 tlsPkeyExponent u32
810 tlsPkeyAlgorithm text
811 tlsServerName text
`;
