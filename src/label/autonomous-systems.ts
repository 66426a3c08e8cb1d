/** RFC 6793 section 2: stands for a number of four bytes in what knows only two. */
const AS_TRANS = 23_456;

/**
 * What a number of an autonomous system is worth, whoever gives it: 0 it says nothing, 1 it is for private use (RFC 6996), and means something only to who gave
 * it: the exporter, or a file of the user; 2 it is believed. For nobody's use are 0 (RFC 7607), AS_TRANS, the last of two and of four bytes (RFC 7300), those
 * of documentation (RFC 5398), and those that IANA reserves behind these, up to 131071.
 */
export function worthOf(asn: number): 0 | 1 | 2 {
  if (asn === 0 || asn === AS_TRANS) return 0;
  if (asn < 64_496) return 2;
  if (asn < 64_512) return 0;
  if (asn < 65_535) return 1;
  if (asn < 131_072) return 0;
  if (asn < 4_200_000_000) return 2;
  return asn === 0xffff_ffff ? 0 : 1;
}
