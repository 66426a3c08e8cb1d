/**
 * system: the kernel's doors: UDP sockets read with recvmmsg, rings of captured packets, TCP ports, thread priority and CPU time, file locks, holders of ports,
 * BPF programs and their maps.
 * In: addresses, ports, interfaces, paths. Out: datagrams and packets in place, limits and counts as the kernel tells them. Nothing is loaded or
 * opened at import; koffi is bound at the first use and its absence is a fallback, not a failure. Must not know what a
 * datagram means, and must not keep time or count across calls.
 */

export { bootMs } from './boot-clock.ts';
export type { BpfBatch, BpfMap } from './bpf/bpf-map.ts';
export { BpfObject } from './bpf/bpf-object.ts';
export { cgroupMount, closeCgroup, openCgroup } from './bpf/cgroup-root.ts';
export { type BpfObjectCode, readBpfObject } from './bpf/elf-object.ts';
export type { BpfRingBuffer } from './bpf/ring-buffer.ts';
export { tracepointFormat } from './bpf/tracepoint.ts';
export { openDatagramReceiver } from './datagram-receiver.ts';
export { firmPath } from './firm-path.ts';
export { InterfaceCapture, type InterfaceChange } from './interface-capture.ts';
export { lockFile } from './lock-file.ts';
export { type DiagSocket, SOCKET_STATE } from './netlink/diag-socket.ts';
export { type ForkedProcesses, openForkedProcesses } from './netlink/forked-processes.ts';
export { type ListedInterface, listInterfaces } from './netlink/interface-list.ts';
export { lookIntoNamespaces } from './netlink/other-namespaces.ts';
export {
  type ClosedSockets,
  IPPROTO_TCP,
  IPPROTO_UDP,
  openClosedSockets,
  openSockDiag,
  type SockDiag,
} from './netlink/sock-diag.ts';
export { interfaceNames } from './network-interface.ts';
export type { PacketRing } from './packet-ring.ts';
export { holderOfPort, portTaken } from './port-holder.ts';
export { CAPABILITY, dropPrivileges } from './privileges.ts';
export { procText } from './proc-file.ts';
export { listCgroups } from './process/cgroup-path.ts';
export { readForwardedPackets } from './process/forwarded-packets.ts';
export { ownMemoryBytes } from './process/own-memory.ts';
export { inFirstPidNamespace } from './process/pid-namespace.ts';
export { type InterfaceTotals, listProcSockets, type ProcSocket, readInterfaceTotals } from './process/proc-sockets.ts';
export { type ProcessFacts, readProcess } from './process/process-facts.ts';
export { findSocketHolders, listProcesses } from './process/socket-holders.ts';
export { findTapHolders } from './process/tap-holders.ts';
export { numberOfUnnamed, UserNames, unnamedUser } from './process/user-names.ts';
export { receiverKind } from './receiver-kind.ts';
export { openTcpListener, type TcpPeer } from './tcp-listener.ts';
export { setThreadPriority, threadCpuSeconds } from './thread.ts';
export { type UdpLimits, udpLimits } from './udp-limits.ts';
export { openUdpReceiver, type UdpReceiver, type UdpReceiverOptions } from './udp-receiver.ts';
export { openUdpSender, type UdpSender } from './udp-sender.ts';
export { waitForPackets } from './wait-for-packets.ts';
export { waitReadable } from './wait-readable.ts';
