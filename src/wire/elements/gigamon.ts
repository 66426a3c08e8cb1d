/**
 * Gigamon metadata, PEN 26866.
 */
export const GIGAMON = `
1 httpReqUrl text
2 httpRspStatus u16
101 sslCertificateIssuerCommonName text
102 sslCertificateSubjectCommonName text
103 sslCertificateIssuer text
104 sslCertificateSubject text
105 sslCertificateValidNotBefore text
106 sslCertificateValidNotAfter text
107 sslCertificateSerialNumber octets
108 sslCertificateSignatureAlgorithm octets
109 sslCertificateSubjectPubAlgorithm octets
110 sslCertificateSubjectPubKeySize u16
111 sslCertificateSubjectAltName text
112 sslServerNameIndication text
113 sslServerVersion u16
114 sslServerCipher u16
115 sslServerCompressionMethod u8
116 sslServerSessionId octets
201 dnsIdentifier u16
202 dnsOpCode u8
203 dnsResponseCode u8
204 dnsQueryName text
205 dnsResponseName text
206 dnsResponseTTL u32
207 dnsResponseIPv4Address ipv4
208 dnsResponseIPv6Address ipv6
209 dnsBits text
210 dnsQdCount u16
211 dnsAnCount u16
212 dnsNsCount u16
213 dnsArCount u16
214 dnsQueryType u16
215 dnsQueryClass u16
216 dnsResponseType u16
217 dnsResponseClass u16
218 dnsResponseRdLength u16
219 dnsResponseRdata text
220 dnsAuthorityName text
221 dnsAuthorityType u16
222 dnsAuthorityClass u16
223 dnsAuthorityTTL u32
224 dnsAuthorityRdLength u16
225 dnsAuthorityRdata text
226 dnsAdditionalName text
227 dnsAdditionalType u16
228 dnsAdditionalClass u16
229 dnsAdditionalTTL u32
230 dnsAdditionalRdLength u16
231 dnsAdditionalRdata text
`;
