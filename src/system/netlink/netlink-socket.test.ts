import { afterEach, expect, it } from 'vitest';
import { needKernel, words } from '../kernel.ts';
import { openNetlink } from './netlink-socket.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
/** For programs among themselves: no part of the kernel answers. */
const NETLINK_USERSOCK = 2;
const GROUP = 1;

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Sends a message without payload to all that listen to the group. */
function announcer(): () => void {
  const kernel = needKernel();
  const fd = kernel.socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
  open.push({ close: () => kernel.close(fd) });
  const address = words(3);
  address[0] = AF_NETLINK;
  address[2] = GROUP;
  expect(kernel.connect(fd, address, 12)).toBe(0);
  const message = new Uint8Array(new ArrayBuffer(16));
  new DataView(message.buffer).setUint32(0, message.length, true);
  // It says that the kernel itself does not listen, after the group has it.
  return () => void kernel.send(fd, message, message.length, 0);
}

it('what is announced as fast as it is read does not keep the reader', () => {
  const netlink = openNetlink(needKernel(), NETLINK_USERSOCK, GROUP);
  open.push(netlink);
  const announce = announcer();
  announce();
  let taken = 0;
  netlink.drain(() => {
    taken += 1;
    if (taken > 50_000) throw new Error('the reader is kept');
    announce();
  });
  expect(taken).toBeGreaterThan(1_000);
});
