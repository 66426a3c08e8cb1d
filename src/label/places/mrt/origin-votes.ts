import type { PrefixLists } from '../place-data.ts';

/**
 * The origins that neighbours tell of one prefix after another; that of most neighbours counts, of equals the first. A default route says nothing of an
 * origin: it stands for all that is not known.
 */
export class OriginVotes {
  private readonly lists: PrefixLists;
  private readonly address = new Uint32Array(4);
  private bits = 0;
  private ipv4 = true;
  private readonly votes = new Map<number, number>();

  constructor(lists: PrefixLists) {
    this.lists = lists;
  }

  /** What is told from now on is told of this prefix; words behind its family's are 0. */
  of(ipv4: boolean, bits: number, w0: number, w1: number, w2: number, w3: number): void {
    const { address } = this;
    const same = this.bits === bits && this.ipv4 === ipv4 && address[0] === w0 && address[1] === w1;
    if (same && address[2] === w2 && address[3] === w3) return;
    this.end();
    this.ipv4 = ipv4;
    this.bits = bits;
    address[0] = w0;
    address[1] = w1;
    address[2] = w2;
    address[3] = w3;
  }

  vote(origin: number): void {
    this.votes.set(origin, (this.votes.get(origin) ?? 0) + 1);
  }

  end(): void {
    const { votes, bits, address } = this;
    if (votes.size === 0) return;
    let origin = 0;
    let most = 0;
    for (const [asn, count] of votes) {
      if (count > most) {
        origin = asn;
        most = count;
      }
    }
    votes.clear();
    if (bits === 0) return;
    if (this.ipv4) this.lists.ipv4.add4(address[0]!, bits, origin);
    else this.lists.ipv6.add6(address[0]!, address[1]!, address[2]!, address[3]!, bits, origin);
  }
}
