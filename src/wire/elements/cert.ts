/**
 * CERT (YAF), PEN 6871. Reverse elements have bit 14 of the number set: they are derived, not listed.
 */
export const CERT = `
12 obsoleteReverseOctetTotalCount u64 total
13 obsoleteReversePacketTotalCount u64 total
14 initialTCPFlags u16 flags
15 unionTCPFlags u16 flags
16 obsoleteReverseInitialTCPFlags u8 flags
17 obsoleteReverseUnionTCPFlags u8 flags
18 payload octets
19 obsoleteReversePayload octets
20 obsoleteReverseTcpSequenceNumber u32
21 reverseFlowDeltaMilliseconds u32 quantity milliseconds
29 obsoleteReverseVlanId u16 identifier
30 silkFlowType u8 identifier
31 silkFlowSensor u16 identifier
32 silkTCPState u8 flags
33 silkAppLabel u16 identifier
35 payloadEntropy u8
36 osName text
37 osVersion text
38 firstPacketBanner octets
39 secondPacketBanner octets
100 expiredFragmentCount u32 total packets
101 assembledFragmentCount u32 total packets
102 meanFlowRate u32 - flows
103 meanPacketRate u32 - packets
104 flowTableFlushEventCount u32 total flows
105 flowTablePeakCount u32 - flows
106 yafFlowKeyHash u32 identifier
107 osFingerPrint text
110 httpServerString text
111 httpUserAgent text
112 httpGet text
113 httpConnection text
114 httpVersion text
115 httpReferer text
116 httpLocation text
117 httpHost text
118 httpContentLength text
119 httpAge text
120 httpAccept text
121 httpAcceptLanguage text
122 httpContentType text
123 httpResponse text
124 pop3TextMessage text
125 ircTextMessage text
126 tftpFilename text
127 tftpMode text
128 slpVersion u8
129 slpMessageType u8
130 slpString text
131 ftpReturn text
132 ftpUser text
133 ftpPass text
134 ftpType text
135 ftpRespCode text
136 imapCapability text
137 imapLogin text
138 imapStartTLS text
139 imapAuthenticate text
140 imapCommand text
141 imapExists text
142 imapRecent text
143 rtspURL text
144 rtspVersion text
145 rtspReturnCode text
146 rtspContentLength text
147 rtspCommand text
148 rtspContentType text
149 rtspTransport text
150 rtspCSeq text
151 rtspLocation text
152 rtspPacketsReceived text
153 rtspUserAgent text
154 rtspJitter text
155 sipInvite text
156 sipCommand text
157 sipVia text
158 sipMaxForwards text
159 sipAddress text
160 sipContentLength text
161 sipUserAgent text
162 smtpHello text
163 smtpFrom text
164 smtpTo text
165 smtpContentType text
166 smtpSubject text
167 smtpFilename text
168 smtpContentDisposition text
169 smtpResponse text
170 smtpEnhanced text
171 sshVersion text
172 nntpResponse text
173 nntpCommand text
174 dnsQueryResponse u8
175 dnsQRType u16
176 dnsAuthoritative u8
177 dnsNXDomain u8
178 dnsRRSection u8
179 dnsQName text
180 dnsCName text
181 dnsMXPreference u16
182 dnsMXExchange text
183 dnsNSDName text
184 dnsPTRDName text
185 sslCipher u32
186 sslClientVersion u8
187 sslServerCipher u32
188 sslCompressionMethod u8
189 sslCertVersion u8
190 sslCertSignature octets
191 sslCertIssuerCountryName text
192 sslCertIssuerOrgName text
193 sslCertIssuerOrgUnitName text
194 sslCertIssuerZipCode text
195 sslCertIssuerState text
196 sslCertIssuerCommonName text
197 sslCertIssuerLocalityName text
198 sslCertIssuerStreetAddress text
199 dnsTTL u32
200 sslCertSubCountryName text
201 sslCertSubOrgName text
202 sslCertSubOrgUnitName text
203 sslCertSubZipCode text
204 sslCertSubState text
205 sslCertSubCommonName text
206 sslCertSubLocalityName text
207 sslCertSubStreetAddress text
208 dnsTXTData text
209 dnsSOASerial u32
210 dnsSOARefresh u32
211 dnsSOARetry u32
212 dnsSOAExpire u32
213 dnsSOAMinimum u32
214 dnsSOAMName text
215 dnsSOARName text
216 dnsSRVPriority u16
217 dnsSRVWeight u16
218 dnsSRVPort u16
219 dnsSRVTarget text
220 httpCookie text
221 httpSetCookie text
222 smtpSize text
223 mysqlUsername text
224 mysqlCommandCode u8
225 mysqlCommandText text
226 dnsID u16
227 dnsAlgorithm u8
228 dnsKeyTag u16
229 dnsSigner text
230 dnsSignature octets
231 dnsDigest octets
232 dnsPublicKey octets
233 dnsSalt octets
234 dnsHashData octets
235 dnsIterations u16
236 dnsSignatureExpiration u32
237 dnsSignatureInception u32
238 dnsDigestType u8
239 dnsLabels u8
240 dnsTypeCovered u16
241 dnsFlags u16 flags
242 dhcpFingerPrint text
243 dhcpVendorCode text
244 sslCertSerialNumber octets
245 sslObjectType u8
246 sslObjectValue octets
247 sslCertValidityNotBefore text
248 sslCertValidityNotAfter text
249 sslPublicKeyAlgorithm octets
250 sslPublicKeyLength u16
251 smtpDate text
252 httpAuthorization text
253 httpVia text
254 httpX-Forwarded-For text
255 httpExpires text
256 httpRefresh text
257 httpIMEI text
258 httpIMSI text
259 httpMSISDN text
260 httpSubscriber text
261 httpAcceptCharset text
262 httpAcceptEncoding text
263 httpAllow text
264 httpDate text
265 httpExpect text
266 httpFrom text
267 httpProxyAuthentication text
268 httpUpgrade text
269 httpWarning text
270 httpDNT text
271 httpX-Forwarded-Proto text
272 httpX-Forwarded-Host text
273 httpX-Forwarded-Server text
274 httpX-DeviceID text
275 httpX-Profile text
276 httpLastModified text
277 httpContentEncoding text
278 httpContentLanguage text
279 httpContentLocation text
280 httpX-UA-Compatible text
281 dnp3SourceAddress u16
282 dnp3DestinationAddress u16
283 dnp3Function u8
284 dnp3ObjectData octets
285 modbusData octets
286 ethernetIPData octets
287 rtpPayloadType u8
288 sslRecordVersion u16
289 mptcpInitialDataSequenceNumber u64
290 mptcpReceiverToken u32 identifier
291 mptcpMaximumSegmentSize u16
292 mptcpAddressID u8 identifier
293 mptcpFlags u8 flags
294 sslServerName text
295 sslCertificateHash octets
296 sslCertificate octets
297 dhcpOption u8
298 sslCertificateSHA1 octets
299 sslCertificateMD5 octets
300 nDPIL7Protocol u16 identifier
301 nDPIL7SubProtocol u16 identifier
500 smallPacketCount u32 total packets
501 nonEmptyPacketCount u32 total packets
502 dataByteCount u64 total octets
503 averageInterarrivalTime u64 - milliseconds
504 standardDeviationInterarrivalTime u64 - milliseconds
505 firstNonEmptyPacketSize u16 quantity octets
506 maxPacketSize u16 quantity octets
507 firstEightNonEmptyPacketDirections u8 flags
508 standardDeviationPayloadLength u16 - octets
509 tcpUrgentCount u32 total packets
510 largePacketCount u32 total packets
550 tombstoneId u32 identifier
551 exporterConfiguredId u16 identifier
552 exporterUniqueId u16 identifier
927 dnsRName text
928 dnsHitCount u16
929 observedDataTotalCount u64 total
930 observedData octets
1000 templateName text
1001 templateDescription text
`;
