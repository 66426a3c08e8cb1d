import { readFileSync } from 'node:fs';
import { type AddressWords, parseAddress } from '../../flow/index.ts';

/** resolv.conf(5): whom programs of this host ask. systemd-resolved is among these itself, and the second file has whom it asks. */
const FILES = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];
const RECHECK_MS = 10_000;

/** The servers of DNS that this host is configured to ask, by their addresses. */
export class Resolvers {
  private readonly files: readonly string[];
  private addresses: ReadonlySet<string> = new Set();
  private readMs = Number.NEGATIVE_INFINITY;

  constructor(files: readonly string[] = FILES) {
    this.files = files;
  }

  has(address: AddressWords): boolean {
    const nowMs = performance.now();
    if (nowMs - this.readMs >= RECHECK_MS) {
      this.readMs = nowMs;
      this.addresses = new Set(this.files.flatMap(serversOf));
    }
    return this.addresses.has(address.join());
  }
}

function serversOf(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  const servers = text.matchAll(/^\s*nameserver\s+([^\s%]+)/gm);
  return [...servers].flatMap(([, address]) => parseAddress(address!)?.join() ?? []);
}
