import type { BpfBatch, BpfMap, BpfObject } from '../../system/index.ts';
import type { SocketOwner } from './host-backend.ts';
import { readOwner } from './owner-entry.ts';

/** The kernel's table of owners, by cookie of the socket. */
export class KernelOwners {
  private readonly map: BpfMap;
  private readonly key: DataView;
  private readonly gone: BpfBatch;
  private readonly goneKeys: DataView;

  constructor(object: BpfObject) {
    this.map = object.map('owners');
    this.key = new DataView(this.map.keyBytes.buffer);
    this.gone = object.batch('owners');
    this.goneKeys = new DataView(this.gone.keys.buffer);
  }

  of(cookie: number): SocketOwner | null {
    writeCookie(this.key, 0, cookie);
    const value = this.map.lookup();
    return value && readOwner(value);
  }

  readonly forget = (cookies: Iterable<number>): void => {
    const { gone, goneKeys } = this;
    let count = 0;
    for (const cookie of cookies) {
      writeCookie(goneKeys, 8 * count, cookie);
      count += 1;
      if (count === gone.room) {
        gone.remove(count);
        count = 0;
      }
    }
    gone.remove(count);
  };
}

function writeCookie(keys: DataView, at: number, cookie: number): void {
  keys.setUint32(at, cookie % 0x1_0000_0000, true);
  keys.setUint32(at + 4, cookie / 0x1_0000_0000, true);
}
