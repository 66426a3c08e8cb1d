import type { Openings, Payload } from '../../packet/index.ts';
import { type HashSecrets, hashEnd, hashPair } from '../key-hash.ts';

/** Senders are spread over so many shares, each with its own part of the budget. */
const SHARES = 64;
/** What a share gets for a second of the packets' time, and how much it can save up. */
const SHARE_RATE = 16;
const MOST_OF_SHARE = 64;
/** The same for what all have together when a share has nothing left: many clients may stand behind one address. */
const COMMON = SHARES;
const COMMON_RATE = 1_000;
const MOST_OF_COMMON = 2_000;

/**
 * How many payloads may be decrypted: each takes some 0.1 ms for its keys, and anybody can send what looks as if it were worth them. A flood of one sender uses up its
 * share and what all have in common, and leaves the shares of others; one of forged senders gets 2,024 for each second, a fifth of a core.
 */
export class OpeningBudget implements Openings {
  /** Payloads that were left closed. */
  leftClosed = 0;
  private readonly secrets: HashSecrets;
  private readonly left = new Float64Array(SHARES + 1).fill(MOST_OF_SHARE);
  private readonly sinceMs = new Float64Array(SHARES + 1);
  private nowMs = 0;

  constructor(secrets: HashSecrets) {
    this.secrets = secrets;
    this.left[COMMON] = MOST_OF_COMMON;
  }

  /** It is `nowMs` in the time of the packets. */
  at(nowMs: number): void {
    this.nowMs = nowMs;
  }

  take({ srcAddr }: Payload): boolean {
    const share = hashPair(this.secrets, hashEnd(this.secrets, srcAddr, 0), 0, 0, 0, 0) & (SHARES - 1);
    if (this.draw(share, SHARE_RATE, MOST_OF_SHARE) || this.draw(COMMON, COMMON_RATE, MOST_OF_COMMON)) return true;
    this.leftClosed += 1;
    return false;
  }

  private draw(from: number, perSecond: number, most: number): boolean {
    const { left, sinceMs, nowMs } = this;
    // Packets may come a little out of order.
    const elapsedMs = Math.max(0, nowMs - sinceMs[from]!);
    left[from] = Math.min(most, left[from]! + (elapsedMs * perSecond) / 1000);
    sinceMs[from] = Math.max(nowMs, sinceMs[from]!);
    if (left[from]! < 1) return false;
    left[from]! -= 1;
    return true;
  }
}
