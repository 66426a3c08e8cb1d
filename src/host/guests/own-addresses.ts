import { networkInterfaces } from 'node:os';
import { parseAddress } from '../../flow/index.ts';
import { AddressTable } from './address-table.ts';

const MOST = 16_384;
const OWN = 1;

/** Addresses of this host's interfaces, in the network namespace of this process. */
export class OwnAddresses {
  private readonly table = new AddressTable(MOST);
  private told = '';
  private readonly list: typeof networkInterfaces;

  constructor(list: typeof networkInterfaces = networkInterfaces) {
    this.list = list;
  }

  /** Asks the system for them: they come and go. */
  refresh(): void {
    const all = Object.values(this.list()).flatMap((one) => one ?? []);
    const told = all.map(({ address, mac }) => `${address} ${mac}`).join('\n');
    if (told === this.told) return;
    this.told = told;
    this.table.clear();
    for (const { address, mac } of all) {
      const words = parseAddress(address.split('%', 1)[0]!);
      if (words !== null) this.table.setIp(Uint32Array.from(words), OWN);
      const digits = mac.replaceAll(':', '');
      if (Number.parseInt(digits, 16) > 0)
        this.table.setMac(Number.parseInt(digits.slice(0, 4), 16), Number.parseInt(digits.slice(4), 16), OWN);
    }
  }

  hasIp(words: Uint32Array): boolean {
    return this.table.ip(words) === OWN;
  }

  hasMac(high: number, low: number): boolean {
    return this.table.mac(high, low) === OWN;
  }
}
