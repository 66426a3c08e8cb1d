import { existsSync, readdirSync } from 'node:fs';
import { procText } from '../../system/index.ts';

/** include/uapi/linux/if_tun.h */
const IFF_TAP = 0x0002;
/** An interface that was none of a guest is looked at again after so many looks: another one may have its name. */
const FORGET_LOOKS = 30;

/** An interface that configuration names as the guest's. */
export interface ConfiguredGuest {
  readonly interface: string;
  readonly name: string;
}

/** An interface by which a guest sends and receives. */
export interface GuestInterface {
  readonly name: string;
  readonly index: number;
  /** What configuration calls its guest; null where it does not know it. */
  readonly configured: string | null;
  /** The guest sends by it as this host does by its own: a macvtap, and not the other end of a wire. */
  readonly isGuestsEnd: boolean;
}

/** Interfaces of guests that are there: tap devices, and those that configuration names. */
export class GuestInterfaces {
  private readonly configured: ReadonlyMap<string, string>;
  private readonly sys: string;
  private readonly others = new Set<string>();
  private looks = 0;

  constructor(configured: readonly ConfiguredGuest[], sys = '/sys/class/net') {
    this.configured = new Map(configured.map((one) => [one.interface, one.name]));
    this.sys = sys;
  }

  look(): GuestInterface[] {
    this.looks += 1;
    if (this.looks % FORGET_LOOKS === 0) this.others.clear();
    return this.names().flatMap((name) => this.guestInterface(name) ?? []);
  }

  private guestInterface(name: string): GuestInterface | null {
    if (this.others.has(name)) return null;
    const configured = this.configured.get(name) ?? null;
    if (configured === null && !this.isTap(name)) {
      this.others.add(name);
      return null;
    }
    const index = Number(procText(`${this.sys}/${name}/ifindex`));
    const isGuestsEnd = existsSync(`${this.sys}/${name}/macvtap`);
    return index > 0 ? { name, index, configured, isGuestsEnd } : null;
  }

  private isTap(name: string): boolean {
    return (Number(procText(`${this.sys}/${name}/tun_flags`)) & IFF_TAP) !== 0;
  }

  private names(): string[] {
    try {
      return readdirSync(this.sys);
    } catch {
      return [];
    }
  }
}
