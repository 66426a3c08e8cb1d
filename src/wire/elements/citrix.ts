/**
 * Citrix NetScaler (AppFlow), PEN 5951.
 */
export const CITRIX = `
128 roundTripTime u32 quantity milliseconds
129 transactionId u32 identifier
130 httpReqUrl text
131 httpReqCookie text
132 flowFlags u64 flags
133 connectionId u32 identifier
134 syslogPriority u8 identifier
135 syslogMessage text
136 syslogTimestamp ms
140 httpReqReferer text
141 httpReqMethod text
142 httpReqHost text
143 httpReqUserAgent text
144 httpRspStatus u16 identifier
145 httpRspLen u64 quantity
146 serverTTFB u64 quantity microseconds
147 serverTTLB u64 quantity microseconds
150 appNameIncarnationNumber u32 identifier
151 appNameAppId u32 identifier
152 appName text
153 httpReqRcvFB us
156 httpReqForwFB us
157 httpResRcvFB us
158 httpResForwFB us
159 httpReqRcvLB us
160 httpReqForwLB us
161 mainPageId u32 identifier
162 mainPageCoreId u32 identifier
163 httpClientInteractionStartTime text
164 httpClientRenderEndTime text
165 httpClientRenderStartTime text
167 appTemplateName text
168 httpClientInteractionEndTime text
169 httpResRcvLB us
170 httpResForwLB us
171 appUnitNameAppId u32 identifier
172 dbLoginFlags u32 flags
173 dbReqType u8 identifier
174 dbProtocolName u8 identifier
175 dbUserName text
176 dbDatabaseName text
177 dbCltHostName text
178 dbReqString text
179 dbRespStatusString text
180 dbRespStatus u64 identifier
181 dbRespLength u64 quantity
182 clientRTT u32 quantity
183 httpContentType text
185 httpReqAuthorization text
186 httpReqVia text
187 httpResLocation text
188 httpResSetCookie text
189 httpResSetCookie2 text
190 httpReqXForwardedFor text
192 connectionChainID octets identifier
193 connectionChainHopCount u8 quantity
200 icaSessionGuid octets identifier
201 icaClientVersion text
202 icaClientType u16 identifier
203 icaClientIP ipv4
204 icaClientHostName text
205 aaaUsername text
207 icaDomainName text
208 icaClientLauncher u16 identifier
209 icaSessionSetupTime s
210 icaServerName text
214 icaSessionReconnects u8 delta
215 icaRTT u32 quantity
216 icaClientsideRXBytes u32 delta
217 icaClientsideTXBytes u32 delta
219 icaClientsidePacketsRetransmit u16 delta
220 icaServersidePacketsRetransmit u16 delta
221 icaClientsideRTT u32 quantity
222 icaServersideRTT u32 quantity
223 icaSessionUpdateBeginSec s
224 icaSessionUpdateEndSec s
225 icaChannelId1 u32 identifier
226 icaChannelId1Bytes u32 identifier
227 icaChannelId2 u32 identifier
228 icaChannelId2Bytes u32 identifier
229 icaChannelId3 u32 identifier
230 icaChannelId3Bytes u32 identifier
231 icaChannelId4 u32 identifier
232 icaChannelId4Bytes u32 identifier
233 icaChannelId5 u32 identifier
234 icaChannelId5Bytes u32 identifier
235 icaConnectionPriority u16 identifier
236 applicationStartupDuration u32 quantity
237 icaLaunchMechanism u16 identifier
238 icaApplicationName text
239 applicationStartupTime s
240 icaApplicationTerminationType u16 identifier
241 icaApplicationTerminationTime s
242 icaSessionEndTime s
243 icaClientsideJitter u32 quantity
244 icaServersideJitter u32 quantity
245 icaAppProcessID u32 identifier
246 icaAppModulePath text
247 icaDeviceSerialNo u32 identifier
248 msiClientCookie octets identifier
249 icaFlags u64 flags
250 icaUsername text
251 licenseType u8 identifier
252 maxLicenseCount u64 quantity
253 currentLicenseConsumed u64 quantity
254 icaNetworkUpdateStartTime s
255 icaNetworkUpdateEndTime s
256 icaClientsideSRTT u32 quantity
257 icaServersideSRTT u32 quantity
258 icaClientsideDelay u32 quantity
259 icaServersideDelay u32 quantity
260 icaHostDelay u32 quantity
261 icaClientSideWindowSize u16 quantity
262 icaServerSideWindowSize u16 quantity
263 icaClientSideRTOCount u16 delta
264 icaServerSideRTOCount u16 delta
265 icaL7ClientLatency u32 quantity
266 icaL7ServerLatency u32 quantity
267 httpDomainName text
268 cacheRedirClientConnectionCoreID u32 identifier
269 cacheRedirClientConnectionTransactionID u32 identifier
`;
