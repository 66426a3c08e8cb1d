/** RFC 6793 section 2: stands for a number of four bytes in what knows only two. */
const AS_TRANS = 23_456;

/**
 * What a number that an exporter gives is worth: 0 it says nothing, 1 it may be believed where nobody knows better (for private use, RFC 6996), 2 it
 * is believed. For nobody's use are 0 (RFC 7607), the last of two and of four bytes (RFC 7300), those of documentation (RFC 5398), and AS_TRANS.
 */
export function worthOf(asn: number): 0 | 1 | 2 {
  if (asn === 0 || asn === AS_TRANS) return 0;
  if (asn < 64_496) return 2;
  if (asn < 64_512) return 0;
  if (asn < 65_535) return 1;
  if (asn < 65_552) return 0;
  if (asn < 4_200_000_000) return 2;
  return asn === 0xffff_ffff ? 0 : 1;
}
