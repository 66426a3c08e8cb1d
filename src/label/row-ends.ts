/** What the table of places has of both ends of the rows at hand: entries, those of the first row first. */
export interface RowEnds {
  src: Uint32Array;
  dst: Uint32Array;
  /** Both ends of all these rows have IPv4 addresses. */
  isIpv4: boolean;
}
