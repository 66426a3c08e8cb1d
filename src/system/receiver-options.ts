/** What both kinds of receiver are opened with. */
export interface ReceiverOptions {
  /** An IPv4 or IPv6 address; '0.0.0.0' and '::' both mean every address of both families. */
  readonly address: string;
  /** 0: one that is free, told in `port` of the receiver. */
  readonly port: number;
  /** Socket buffer to ask for, as SO_RCVBUF counts it (the kernel doubles it for its own overhead, socket(7)). */
  readonly receiveBufferBytes: number;
  /** Several sockets share the port and the kernel spreads exporters over them (by address and port). */
  readonly reusePort?: boolean;
}

/** Memory of a socket: bytes that wait, the limit the kernel holds them to, and datagrams it threw away (wraps at 2^32). */
export interface SocketMemory {
  queuedBytes: number;
  limitBytes: number;
  drops: number;
}

/** The socket buffer: what was asked, what was granted in the same unit, and whether the limit of net.core.rmem_max was passed. */
export interface ReceiveBuffer {
  readonly askedBytes: number;
  readonly grantedBytes: number;
  readonly forced: boolean;
}

/** '0.0.0.0', '::' and their longer spellings: every address. */
export function isEveryAddress(words: Uint32Array): boolean {
  return (words[0]! | words[1]! | words[3]!) === 0 && (words[2] === 0 || words[2] === 0xffff);
}
