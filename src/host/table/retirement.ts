import type { HostBackend } from '../backend/host-backend.ts';
import { newSocketSweep, type SocketSweep } from '../backend/socket-sweep.ts';
import type { HostSlots } from './host-slots.ts';
import { KEY_WORDS } from './socket-key.ts';

/** What is told to the backend at once. */
const AT_ONCE = 1_024;

/** Tells a backend what it may forget: whole sockets where they were closed, else single entries of a socket that goes on. */
export class Retirement {
  private readonly slots: HostSlots;
  private readonly backend: HostBackend;
  private readonly cookies = new Float64Array(AT_ONCE);
  private count = 0;
  private readonly over: SocketSweep = newSocketSweep(AT_ONCE);

  constructor(slots: HostSlots, backend: HostBackend) {
    this.slots = slots;
    this.backend = backend;
  }

  entry(slot: number): void {
    const { slots, over } = this;
    const main = slots.main[slot]!;
    const cookie = slots.cookie[slot]!;
    if (cookie !== 0 && cookie === slots.ownerCookie[main] && slots.owner[main]?.released === true) {
      this.cookies[this.count++] = cookie;
      if (this.count === AT_ONCE) this.flush();
      return;
    }
    const at = over.count++;
    over.cookie[at] = cookie;
    over.local.set(slots.words.subarray(KEY_WORDS * slot, KEY_WORDS * slot + 4), 4 * at);
    over.remote.set(slots.words.subarray(KEY_WORDS * slot + 4, KEY_WORDS * slot + 8), 4 * at);
    over.localPort[at] = slots.ports[slot]! >>> 16;
    over.remotePort[at] = slots.ports[slot]! & 0xffff;
    over.protocol[at] = slots.protocol[slot]!;
    if (over.count === AT_ONCE) this.flush();
  }

  flush(): void {
    const { backend, cookies, over } = this;
    if (this.count > 0) backend.retire(cookies, this.count);
    this.count = 0;
    if (over.count > 0) backend.retireEntries?.(over);
    over.count = 0;
  }
}
