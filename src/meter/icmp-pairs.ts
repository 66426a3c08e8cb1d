const ICMP = 1;
const ICMPV6 = 58;

/** The type of the answer, by type of the question, and the other way round (RFC 792, RFC 950, RFC 4443 section 4); 0 where there is none. */
const ANSWER = new Uint8Array(512);
const IS_ANSWER = new Uint8Array(512);
const V6 = 256;

for (const [question, answer] of [
  [8, 0], // echo
  [13, 14], // timestamp
  [15, 16], // information
  [17, 18], // address mask
  [V6 + 128, V6 + 129], // echo
] as const) {
  ANSWER[question] = answer;
  ANSWER[answer] = question;
  IS_ANSWER[answer] = 1;
}

/** A bit of the kind of a packet: it answers the type that is in the kind. */
const ANSWERS = 0x100_0000;
/** The kind of a packet that nothing answers. */
export const NO_KIND = -1;

/** Protocol, ICMP type and code of a packet in one word: a part of the key where each direction is a flow of its own. */
export function packetKind(protocol: number, icmpType: number, icmpCode: number): number {
  return protocol | (icmpType << 8) | (icmpCode << 16);
}

/** The same where both directions are one flow: an echo reply has the type of its request, and says that it is the answer. */
export function pairKind(protocol: number, icmpType: number, icmpCode: number): number {
  const at = isIcmp(protocol) ? (protocol === ICMP ? 0 : V6) + icmpType : -1;
  if (at < 0 || IS_ANSWER[at] === 0) return packetKind(protocol, icmpType, icmpCode);
  return packetKind(protocol, ANSWER[at]!, icmpCode) | ANSWERS;
}

/** The kind of the packets that go the other way. */
export function reverseKind(kind: number): number {
  const protocol = kind & 255;
  if (!isIcmp(protocol)) return kind;
  const type = (kind >>> 8) & 255;
  const at = (protocol === ICMP ? 0 : V6) + type;
  // 0 is the answer to an echo request, and also stands for none.
  return ANSWER[at] !== 0 || (protocol === ICMP && type === 8) ? kind ^ ANSWERS : NO_KIND;
}

/** A kind that is the same for both directions. */
export function commonKind(kind: number): number {
  return isIcmp(kind & 255) ? kind & ~ANSWERS : kind;
}

/** The ICMP type of the packets that go the other way; 255 where it is not known. */
export function reverseIcmpType(protocol: number, icmpType: number): number {
  if (!isIcmp(protocol)) return 255;
  const at = (protocol === ICMP ? 0 : V6) + icmpType;
  return ANSWER[at] !== 0 || (protocol === ICMP && icmpType === 8) ? ANSWER[at]! : icmpType;
}

function isIcmp(protocol: number): boolean {
  return protocol === ICMP || protocol === ICMPV6;
}
