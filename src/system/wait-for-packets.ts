import { callError, ERRNO, needKernel, words } from './kernel.ts';
import type { PacketRing } from './packet-ring.ts';

const POLLIN = 0x001;
/** struct pollfd, as words. */
const POLLFD_WORDS = 2;

/** Waits until one of the rings has packets, or an error that its `receive` takes, at most `timeoutMs`; also a signal ends it. */
export function waitForPackets(rings: readonly PacketRing[], timeoutMs: number): void {
  const kernel = needKernel();
  const list = words(rings.length * POLLFD_WORDS);
  rings.forEach(({ fd }, i) => {
    list[i * POLLFD_WORDS] = fd;
    list[i * POLLFD_WORDS + 1] = POLLIN;
  });
  // Whole milliseconds: a fraction is cut off, and 0 does not wait.
  if (kernel.poll(list, rings.length, Math.ceil(timeoutMs)) < 0 && kernel.errno() !== ERRNO.EINTR)
    throw callError(kernel, 'poll on packet rings');
}
