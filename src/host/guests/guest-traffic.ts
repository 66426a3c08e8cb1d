import type { Flows } from '../../meter/index.ts';
import type { HostBackend } from '../backend/host-backend.ts';
import { isIcmp, TCP, UDP } from '../backend/outcome.ts';
import { AddressTable } from './address-table.ts';
import { OwnAddresses } from './own-addresses.ts';

/** Which way a flow went, as the number of the interface that its meter is given. */
export const WAY = { fromGuest: 1, toGuest: 2 } as const;

const MOST_SENDERS = 16_384;
const ACK = 0x10;
const ECHO_REPLY = 0;
const ECHO_REPLY_6 = 129;

/**
 * Who sends by which interface of a guest, and which flows are counted somewhere else: at a socket of this host, or at the guest that sent them. It rests on the addresses that this
 * host has, and on those that guests were seen to send from.
 */
export class GuestTraffic {
  readonly own: OwnAddresses;
  readonly senders = new AddressTable(MOST_SENDERS);
  private readonly level: HostBackend['level'];
  private readonly src = new Uint32Array(4);
  private readonly dst = new Uint32Array(4);

  /** `level`: what this host knows of its own sockets. */
  constructor(level: HostBackend['level'], own = new OwnAddresses()) {
    this.level = level;
    this.own = own;
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

  /** By the sender's MAC address; where this host routes between guests it puts its own in place of it, and the IP address is left. */
  private isFromGuest(flows: Flows, slot: number, link: number): boolean {
    const high = flows.srcMacHi[slot]!;
    const low = flows.srcMacLo[slot]!;
    const bridged = this.senders.mac(high, low);
    if (bridged !== 0) return bridged !== link;
    if (!this.own.hasMac(high, low)) return false;
    const routed = this.senders.ip(this.src);
    return routed !== 0 && routed !== link;
  }

  private takeAddresses({ srcAddr, dstAddr }: Flows, slot: number): void {
    for (let word = 0; word < 4; word++) {
      this.src[word] = srcAddr[4 * slot + word]!;
      this.dst[word] = dstAddr[4 * slot + word]!;
    }
  }
}
