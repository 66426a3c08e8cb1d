/** Flows that are remembered; another one takes the place of that with the same last bits. A power of two. */
const FLOWS = 8_192;
/** Words of a flow: its hash, the signature of its latest new segment, its balance. */
const WORDS = 4;
const SIGNATURE = 1;
const BALANCE = 2;
/** What a segment that came again is worth, against one that came the first time: where all come twice the balance goes up. */
const WORTH = 2;
const MOST = 64;
/** So many segments in a row must come again before a flow that was not doubled is taken for one that is: more than what is lost at once. */
const LEAST = -64;

/**
 * Tells flows that a mirror doubles from those whose sender sends some segments again, where nothing in a segment says which it was. Within a millisecond a
 * sender repeats only what was lost, which it learns of from what it sent after it (RFC 9002 section 6.1.1 has it for QUIC, RFC 8985 for TCP): so a
 * segment that comes again with no new one of its flow in between is a copy. Else it is one where about all segments of the flow come twice, which is a mirror's doing, and
 * not the loss of some.
 */
export class DoubledFlows {
  private readonly flows = new Int32Array(FLOWS * WORDS);

  /** A segment that was not there before. */
  fresh(keyHash: number, signature: number): void {
    const { flows } = this;
    const at = (keyHash & (FLOWS - 1)) * WORDS;
    if (flows[at] !== keyHash) {
      flows[at] = keyHash;
      flows[at + BALANCE] = 0;
    }
    flows[at + SIGNATURE] = signature;
    if (flows[at + BALANCE]! > LEAST) flows[at + BALANCE]! -= 1;
  }

  /** A segment that was there a moment ago: whether it is a copy of it. */
  isCopy(keyHash: number, signature: number): boolean {
    const { flows } = this;
    const at = (keyHash & (FLOWS - 1)) * WORDS;
    // Of a flow whose place was taken nobody knows what came in between.
    if (flows[at] !== keyHash) return false;
    const balance = Math.min(MOST, flows[at + BALANCE]! + WORTH);
    flows[at + BALANCE] = balance;
    return flows[at + SIGNATURE] === signature || balance > 0;
  }
}
