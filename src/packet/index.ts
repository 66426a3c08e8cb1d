/**
 * packet: captured bytes -> packets.
 * In: a capture (pcap, pcapng), or the bytes of a frame or of an IP packet with their link type. Out: chunks of packets and
 * what the capture says of itself; PacketFields, one object filled again for each packet, with a code from PACKET_PROBLEM
 * when the bytes are not what they say; the UDP datagrams and TCP streams that packets carry. Must not open sockets, must not
 * read a clock, must not throw for what the bytes hold, must not allocate per packet.
 */
export {
  CAPTURE_DAMAGES,
  type CaptureChunk,
  type CaptureDamage,
  type CaptureDamageCause,
  type CaptureFacts,
  type CaptureInterface,
} from './capture.ts';
export {
  type DatagramCounts,
  DatagramReader,
  type DatagramSink,
} from './datagrams.ts';
export { type DissectOptions, dissectEthernet, dissectIp, dissectLink } from './dissect.ts';
export { FRAGMENT_DROPS, type FragmentDrop } from './fragments.ts';
export { BadCompression, gunzip } from './gunzip.ts';
export { LINK_TYPE } from './link-types.ts';
export { type CaptureReader, openCapture } from './open-capture.ts';
export {
  newPacketFields,
  PACKET_PROBLEM,
  PACKET_PROBLEMS,
  type PacketFields,
  type PacketProblem,
  TUNNEL,
  TUNNELS,
  type TunnelKind,
} from './packet-fields.ts';
export type { StreamCounts, StreamEnd, StreamSink, TcpStream } from './tcp-stream.ts';
