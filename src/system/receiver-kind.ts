import { kernelAccess } from './kernel.ts';

export interface ReceiverKind {
  readonly kind: 'recvmmsg' | 'dgram';
  /** Why, for the log and for `doctor`. */
  readonly reason: string;
}

/** Which receiver this machine can have: `openUdpReceiver` for recvmmsg, else `openDatagramReceiver`. */
export function receiverKind(access = kernelAccess()): ReceiverKind {
  if (access.kernel) return { kind: 'recvmmsg', reason: 'Linux and koffi are here' };
  return { kind: 'dgram', reason: access.reason };
}
