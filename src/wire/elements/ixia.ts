/**
 * Ixia (Keysight) IxFlow, PEN 3054. What Wireshark knows only as a list (195, 197, 209, 229, 238, 239, 242, 250, 253, 271)
 * is given as octets: its encoding is not published.
 */
export const IXIA = `
110 l7ApplicationID u32
111 l7ApplicationName text
120 sourceIpCountryCode text
121 sourceIpCountryName text
122 sourceIpRegionCode text
123 sourceIpRegionName text
125 sourceIpCityName text
126 sourceIpLatitude f32
127 sourceIpLongitude f32
140 destinationIpCountryCode text
141 destinationIpCountryName text
142 destinationIpRegionCode text
143 destinationIpRegionName text
145 destinationIpCityName text
146 destinationIpLatitude f32
147 destinationIpLongitude f32
160 osDeviceID u8
161 osDeviceName text
162 browserID u8
163 browserName text
176 reverseOctetDeltaCount u64
177 reversePacketDeltaCount u64
178 connectionEncryptionType text
179 encryptionCipherSuite text
180 encryptionKeyLength u16
181 imsi text
182 httpUserAgent text
183 hostName text
184 httpURI text
185 dnsRecordTXT text
186 sourceASName text
187 destinationASName text
188 transactionLatency u32 - microseconds
189 dnsQueryNames text
190 dnsAnswerNames text
191 dnsClasses text
192 threatType text
193 threatIpv4 ipv4
194 threatIpv6 ipv6
195 httpSessions octets
196 requestTimeS s
197 dnsRecords octets
198 dnsName text
199 dnsRdataIpv4 ipv4
200 dnsRdataIpv6 ipv6
201 tlsSNI text
202 dhcpClientId octets
203 dhcpClientMAC mac
204 dhcpEvents octets
205 dhcpEventTimestamp s
206 dhcpEventType u8
207 dhcpLeaseDuration u32
208 dhcpServername text
209 radiusMessages octets
210 radiusMessageRxTimestamp s
211 radiusEventTimestamp s
212 radiusUsername text
213 radiusNASIpv4 ipv4
214 radiusServiceType u32
215 radiusFramedProtocol u32
216 radiusFilterID text
217 radiusReplyMessage text
218 radiusCalledStationID text
219 httpConnection text
220 httpAccept text
221 httpAcceptLanguage text
222 httpAcceptEncoding text
223 httpReason text
224 httpServer text
225 radiusCallingStationID text
226 httpContentLength u32
227 httpReferer text
228 httpUACPU text
229 emailMessages octets
230 emailMsgID text
231 emailMsgDate text
232 emailMsgSubject text
233 emailMsgTo text
234 emailMsgFrom text
235 emailMsgCC text
236 emailMsgBCC text
237 emailMsgAttachments text
238 tlsServerCert octets
239 tlsServerCertIssuer octets
240 tlsServerCertIssuerAttr text
241 tlsServerCertIssuerValue text
242 tlsServerCertSubject octets
243 tlsServerCertSubjectAttr text
244 tlsServerCertSubjectValue text
245 tlsServerCertValidNotBefore text
246 tlsServerCertValidNotAfter text
247 tlsServerCertSerialNumber text
248 tlsServerCertSignAlgorithm text
249 tlsServerCertSubjectPKIAlgorithm text
250 tlsServerCertAltNames octets
251 tlsServerCertAltNamesAttr text
252 tlsServerCertAltNamesValue text
253 dnsMessages octets
254 dnsTransactionId u16
255 dnsMsgOpcode u8
256 dnsRecRequestType u16
257 dnsMsgRcode u8
258 dnsRecordTTL u32
259 dnsRawRdata text
260 dnsResponseType u16
261 radiusFramedIp text
262 dnsMsgQDCount u16
263 dnsMsgANCount u16
264 dnsMsgNSCount u16
265 dnsMsgARCount u16
266 dnsMsgAuthoritativeAnswer u8
267 dnsMsgTruncation u8
268 dnsMsgRecursionDesired u8
269 dnsMsgRecursionAvailable u8
270 dnsRdataLength u16
271 dnsQuestions octets
272 dnsQueryType u16
273 dnsQueryName text
274 dnsSectionType u8
275 dnsMsgQRFlag u8
276 dnsCname text
277 dnsMailExchangeDomain text
278 dhcpAgentCircuitID text
279 ja3FingerprintString text
280 tcpConnectionSetupTime u32 - microseconds
281 tcpApplicationResponseTime u32 - microseconds
282 tcpCountOfRetransmittedPackets u32
283 connectionAverageRoundTripTime u32 - microseconds
284 udpAverageResponseTime u32 - microseconds
285 timeToCompleteAQUICHandshake u32 - microseconds
286 quicNetworkRTT u32 - microseconds
287 quicRTTForApplicationPackets u32 - microseconds
288 matchedFilterName text
`;
