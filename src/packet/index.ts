/**
 * packet: captured bytes -> packets.
 * In: a capture (pcap, pcapng), or the bytes of a frame or of an IP packet with their link type. Out: chunks of packets and
 * what the capture says of itself; PacketFields, one object filled again for each packet, with a code from PACKET_PROBLEM
 * when the bytes are not what they say; the UDP datagrams and TCP streams that packets carry. Must not open sockets, must not
 * read a clock, must not throw for what the bytes hold, must not allocate per packet.
 */

export { DNS, readDns } from './application/dns-message.ts';
export { type Announced, EXCHANGE, type Finding, newFinding } from './application/finding.ts';
export { HandshakeParts } from './application/handshake-parts.ts';
export { HELLO, newHello, readClientHello } from './application/hello.ts';
export type { Openings, Payload } from './application/payload.ts';
export { cryptoParts } from './application/quic-initial.ts';
export { isRecognisedAt, recognise } from './application/recognise.ts';
export {
  CAPTURE_DAMAGES,
  type CaptureChunk,
  type CaptureFacts,
  type CaptureInterface,
} from './capture.ts';
export {
  DatagramReader,
  type DatagramSink,
} from './datagrams.ts';
export { type DissectOptions, dissectEthernet, dissectIp, dissectLink } from './dissect.ts';
export type { EspOpener } from './esp-opener.ts';
export { FragmentPorts } from './fragment-ports.ts';
export { BadCompression, gunzip } from './gunzip.ts';
export type { EspKey } from './ipsec/cipher-suites.ts';
export { Esp } from './ipsec/esp.ts';
export { parseEspKeys } from './ipsec/esp-keys.ts';
export { LINK_TYPE } from './link-types.ts';
export { type CaptureReader, openCapture } from './open-capture.ts';
export { IPSEC, PACKET_PROBLEM, PACKET_PROBLEMS, TUNNEL, TUNNELS } from './packet-codes.ts';
export { newPacketFields, type PacketFields } from './packet-fields.ts';
export type { StreamEnd, TcpStream } from './tcp-stream.ts';
export { tunnelText } from './tunnel-text.ts';
export { ipInIpKind } from './tunnels.ts';
