/**
 * packet: captured bytes -> packets.
 * In: the bytes of a frame or of an IP packet, with their link type. Out: PacketFields, one object filled again for each packet, with
 * a code from PACKET_PROBLEM when the bytes are not what they say. Must not open sockets, must not read a clock, must not
 * throw for what the bytes hold, must not allocate per packet.
 */
export { type DissectOptions, dissectEthernet, dissectIp, dissectLink } from './dissect.ts';
export { LINK_TYPE } from './link-types.ts';
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
