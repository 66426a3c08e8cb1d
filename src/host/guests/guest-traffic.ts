import type { Flows } from '../../meter/index.ts';
import type { PacketFields } from '../../packet/index.ts';
import type { HostBackend } from '../backend/host-backend.ts';
import { isIcmp, TCP, UDP } from '../backend/outcome.ts';
import { SocketKeys } from '../table/socket-key.ts';
import { OwnAddresses } from './own-addresses.ts';
import { FlowEndsHash, SentFlows } from './sent-flows.ts';

/** Which way a flow went, as the number of the interface that its meter is given. */
export const WAY = { fromGuest: 1, toGuest: 2 } as const;

const ACK = 0x10;
const ECHO_REPLY = 0;
const ECHO_REPLY_6 = 129;

/**
 * What is sent by which interface of a guest, and which flows are counted somewhere else: at a socket of this host, or at the guest that sent them. The first rests on the addresses
 * that this host has, the second on the very flow being seen at the other guest: an address is whatever a guest writes into its frames, and would tell nothing.
 */
export class GuestTraffic {
  readonly own: OwnAddresses;
  private readonly sent = new Map<number, SentFlows>();
  private readonly ends = new FlowEndsHash(new SocketKeys(), new SocketKeys());
  private readonly level: HostBackend['level'];
  private readonly src = new Uint32Array(4);
  private readonly dst = new Uint32Array(4);

  /** `level`: what this host knows of its own sockets. */
  constructor(level: HostBackend['level'], own = new OwnAddresses()) {
    this.level = level;
    this.own = own;
  }

  /** A link, with room for so many flows, or for as many from now on. */
  enter(link: number, maxFlows: number): void {
    this.sent.set(link, new SentFlows(maxFlows));
  }

  leave(link: number): void {
    this.sent.delete(link);
  }

  /** The guest of this link sent this packet. */
  learn({ srcAddr, dstAddr, srcPort, dstPort, protocol, srcMacHi, srcMacLo }: PacketFields, link: number): void {
    this.ends.take(srcAddr, 0, dstAddr, 0, srcPort, dstPort, protocol);
    this.sent.get(link)?.add(this.ends, srcMacHi, srcMacLo);
  }

  /** Whether another record has the flow in `slot`, of the guest whose interface is known by this number. */
  isDuplicate(flows: Flows, slot: number, link: number): boolean {
    this.takeAddresses(flows, slot);
    if (flows.inIf[slot] === WAY.fromGuest) return this.own.hasIp(this.dst) && this.isReceivedHere(flows, slot);
    if (this.own.hasIp(this.src)) return this.isSentHere(flows.protocol[slot]!);
    return this.isFromGuest(flows, slot, link);
  }

  /** Of what comes to this host a socket sees what it takes: no connection that was refused, and no echo request, which the kernel answers. */
  private isReceivedHere(flows: Flows, slot: number): boolean {
    const protocol = flows.protocol[slot]!;
    if (protocol === TCP) return this.level !== 'proc' && (flows.tcpFlags[slot]! & ACK) !== 0;
    if (this.level !== 'ebpf') return false;
    if (!isIcmp(protocol)) return protocol === UDP;
    return flows.icmpType[slot] === (protocol === 1 ? ECHO_REPLY : ECHO_REPLY_6);
  }

  private isSentHere(protocol: number): boolean {
    return this.level === 'ebpf' || (this.level === 'sock_diag' && protocol === TCP);
  }

  /** From the same MAC address; where this host routes between guests it puts its own in place of it. */
  private isFromGuest(flows: Flows, slot: number, link: number): boolean {
    const { ends } = this;
    const high = flows.srcMacHi[slot]!;
    const low = flows.srcMacLo[slot]!;
    const routed = this.own.hasMac(high, low);
    ends.take(this.src, 0, this.dst, 0, flows.srcPort[slot]!, flows.dstPort[slot]!, flows.protocol[slot]!);
    for (const [other, sent] of this.sent)
      if (other !== link && (routed ? sent.has(ends) : sent.hasFrom(ends, high, low))) return true;
    return false;
  }

  private takeAddresses({ srcAddr, dstAddr }: Flows, slot: number): void {
    for (let word = 0; word < 4; word++) {
      this.src[word] = srcAddr[4 * slot + word]!;
      this.dst[word] = dstAddr[4 * slot + word]!;
    }
  }
}
