import { WeirError } from '../../base/index.ts';
import { bitsOf, parseAddress } from '../../flow/index.ts';

/** After so many failures in a row each further try waits twice as long. */
const FREE = { pair: 5, address: 20, name: 50 } as const;
const MOST_WAIT_MS = 900_000;
const FORGOTTEN_MS = 3_600_000;
const MOST_KEYS = 10_000;

interface Failures {
  count: number;
  /** Before it no try is looked at, ms since 1970. */
  until: number;
  last: number;
}

/** How often a name may be tried from an address, an address may try names, and a name may be tried at all. */
export class SignInLimit {
  private readonly failures = new Map<string, Failures>();

  /** Counts a try as failed, before it is made: tries at the same time count each. WeirError `busy` where it comes too soon. */
  begin(name: string, from: string, nowMs: number): void {
    const keys = keysOf(name, from);
    const wait = Math.max(...keys.map(([key]) => (this.failures.get(key)?.until ?? 0) - nowMs));
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1_000);
      throw new WeirError('too_often', `too many failed: try again in ${seconds} s`, {
        details: { retry_after: seconds },
      });
    }
    for (const [key, free] of keys) this.fail(key, free, nowMs);
  }

  /** It was right: what failed before no longer counts, but for the address, which may know one password and guess others. */
  succeeded(name: string, from: string): void {
    const [[pair], [address], [any]] = keysOf(name, from);
    this.failures.delete(pair);
    this.failures.delete(any);
    const of = this.failures.get(address);
    if (of) of.count -= 1;
  }

  private fail(key: string, free: number, nowMs: number): void {
    const known = this.failures.get(key);
    const count = known && nowMs - known.last < FORGOTTEN_MS ? known.count + 1 : 1;
    const wait = count < free ? 0 : Math.min(MOST_WAIT_MS, 1_000 * 2 ** Math.min(20, count - free));
    // Set anew, so that the first of the map is the one that failed longest ago.
    this.failures.delete(key);
    this.failures.set(key, { count, until: nowMs + wait, last: nowMs });
    if (this.failures.size > MOST_KEYS) this.failures.delete(this.failures.keys().next().value!);
  }
}

function keysOf(name: string, from: string): [[string, number], [string, number], [string, number]] {
  const address = networkOf(from);
  return [
    [`${name.slice(0, 64)} ${address}`, FREE.pair],
    [`- ${address}`, FREE.address],
    [`${name.slice(0, 64)} -`, FREE.name],
  ];
}

/** Of IPv6 the /64, all of which one machine has. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  const bits = plain.includes(':') ? parseAddress(plain) : null;
  return bits === null ? plain : bitsOf(bits).hi.toString(16);
}
