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
  private readonly overSlots = new Int32Array(AT_ONCE);
  private readonly forgotten = new Uint8Array(AT_ONCE);

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
    this.overSlots[at] = slot;
    over.cookie[at] = cookie;
    over.handshake[at] = slots.handshake[slot]!;
    over.txPackets[at] = slots.toldTxPackets[slot]!;
    over.rxPackets[at] = slots.toldRxPackets[slot]!;
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
    if (over.count > 0) this.forget();
    over.count = 0;
  }

  /** One that comes again although it was forgotten counts from the beginning, whatever it has come to by then. */
  private forget(): void {
    const { slots, backend, over, overSlots, forgotten } = this;
    forgotten.fill(0);
    backend.retireEntries?.(over, forgotten);
    for (let i = 0; i < over.count; i++) {
      if (forgotten[i] === 0) continue;
      const slot = overSlots[i]!;
      slots.toldTxPackets[slot] = 0;
      slots.toldRxPackets[slot] = 0;
      slots.toldTxBytes[slot] = 0;
      slots.toldRxBytes[slot] = 0;
    }
  }
}
