import { isMappedIPv4, maskAddress, type Prefix, parsePrefix } from '../../flow/index.ts';

/** Shorter ones hold more than any one holder of addresses does: they are mistakes. Of 128 bits. */
const SHORTEST_IPV4 = 96 + 8;
const SHORTEST_IPV6 = 16;
/** A listed prefix may hold at most a quarter of a home network. */
const QUARTER_BITS = 2;
const HOST_BITS = 128;

/** Addresses that no public list can know anything about: RFC 1918, RFC 6598, RFC 1122, RFC 3927, RFC 5771, RFC 4193, RFC 4291. */
const PRIVATE = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16'],
  ...['224.0.0.0/4', '255.255.255.255/32', 'fc00::/7', 'fe80::/10', 'ff00::/8', '::/127'],
];

/** What is odd about a prefix: `too_wide` and `covers_home` are refused, `own` is a private or home address and only told. */
export type PrefixDoubt = 'too_wide' | 'covers_home' | 'own' | null;

/** Lists have mistakes. This looks for those that would mark all that one does as bad. */
export function prefixGuard(home: readonly string[]): (prefix: Prefix) => PrefixDoubt {
  const prefixes = (texts: readonly string[]) => texts.flatMap((text) => parsePrefix(text) ?? []);
  const privates = prefixes(PRIVATE);
  const inside = home.length > 0 ? prefixes(home) : privates;
  const own = [...inside, ...privates];
  return (prefix) => {
    if (prefix.bits < (isMappedIPv4(prefix.address) ? SHORTEST_IPV4 : SHORTEST_IPV6)) return 'too_wide';
    if (prefix.bits < HOST_BITS && inside.some((h) => prefix.bits <= h.bits + QUARTER_BITS && overlap(prefix, h)))
      return 'covers_home';
    return own.some((h) => overlap(prefix, h)) ? 'own' : null;
  };
}

/** Whether one lies within the other. */
function overlap(a: Prefix, b: Prefix): boolean {
  const bits = Math.min(a.bits, b.bits);
  const left = maskAddress(a.address, bits);
  const right = maskAddress(b.address, bits);
  return left[0] === right[0] && left[1] === right[1] && left[2] === right[2] && left[3] === right[3];
}
