import { WeirError } from '../base/index.ts';
import { callError, ERRNO, needKernel } from './kernel.ts';
import type { UdpReceiver } from './udp-receiver.ts';

const POLLIN = 0x001;
/** struct pollfd: the descriptor, then events (low half) and revents (high half) in one word of a little-endian machine. */
const POLLFD_WORDS = 2;
/** The answer is a bit mask in one number. */
const MAX_RECEIVERS = 31;

/** The pollfd list of a list of receivers is built once and lives as long as that list. */
const lists = new WeakMap<readonly UdpReceiver[], Int32Array>();

/**
 * Waits with poll(2) until one of the receivers has a datagram (or an error to tell), at most `timeoutMs`. Bit i is set
 * when receiver i should be read; 0 after the time or a signal. Pass the same array each time: it is prepared once.
 */
export function waitReadable(receivers: readonly UdpReceiver[], timeoutMs: number): number {
  const kernel = needKernel();
  const list = lists.get(receivers) ?? prepare(receivers);
  const ready = kernel.poll(list, receivers.length, timeoutMs);
  if (ready < 0) {
    if (kernel.errno() === ERRNO.EINTR) return 0;
    throw callError(kernel, 'poll');
  }
  if (ready === 0) return 0;
  let mask = 0;
  for (let i = 0; i < receivers.length; i++) {
    if (list[i * POLLFD_WORDS + 1]! >>> 16 !== 0) mask |= 1 << i;
  }
  return mask;
}

function prepare(receivers: readonly UdpReceiver[]): Int32Array {
  if (receivers.length > MAX_RECEIVERS) {
    throw new WeirError('internal', `waitReadable takes ${MAX_RECEIVERS} receivers at most, not ${receivers.length}`);
  }
  const list = new Int32Array(new ArrayBuffer(Math.max(128, receivers.length * POLLFD_WORDS * 4)));
  receivers.forEach((receiver, i) => {
    list[i * POLLFD_WORDS] = receiver.fd;
    list[i * POLLFD_WORDS + 1] = POLLIN;
  });
  lists.set(receivers, list);
  return list;
}
