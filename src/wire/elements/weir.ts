/** What Weir's meter says that IANA has no element for; the codes of `ipsec` and `continued` are those of the columns. */
export const WEIR_ELEMENT = {
  tunnel: 1,
  ipsec: 2,
  continued: 3,
  flowSampled: 4,
  openPackets: 5,
  unsureCopies: 6,
} as const;

export const WEIR = `
${WEIR_ELEMENT.tunnel} tunnel text
${WEIR_ELEMENT.ipsec} ipsec u8 identifier
${WEIR_ELEMENT.continued} continued u8 identifier
${WEIR_ELEMENT.flowSampled} flowSampled u8 identifier
${WEIR_ELEMENT.openPackets} openPackets u64 quantity packets
${WEIR_ELEMENT.unsureCopies} unsureCopies u64 totalCounter
`;
