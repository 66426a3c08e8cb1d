import { randomBytes } from 'node:crypto';
import { CRYPTO_PAN_KEY_BYTES } from '../../flow/index.ts';
import type { PolicyRuleCounts } from '../../ingest/index.ts';
import { Policy } from './policy.ts';
import type { PolicyFile } from './policy-rule.ts';
import type { MutableFlow } from './record-row.ts';

/** A record before and after; `after` is null where it was removed. */
export interface PolicyExample {
  readonly before: Readonly<MutableFlow>;
  readonly after: Readonly<MutableFlow> | null;
}

/** What the policy did to records that were given to it. */
export interface TrialResult {
  readonly records: number;
  readonly kept: number;
  readonly changed: number;
  readonly removed: number;
  readonly removed_bytes: number;
  readonly rules: readonly PolicyRuleCounts[];
  readonly examples: readonly PolicyExample[];
}

/** Tries a policy on records that are there already, which stay as they are. Pseudonyms are of a key that nobody keeps. */
export class PolicyTrial {
  private readonly policy: Policy;
  private readonly most: number;
  private readonly examples: PolicyExample[] = [];
  /** Examples of each kind: the same change a hundred times shows one thing. */
  private readonly kinds = new Set<string>();
  private kept = 0;
  private changed = 0;
  private removed = 0;

  /** `tier`: place in the list of the file. `most`: examples that are kept. */
  constructor(file: PolicyFile, tier: number, most: number) {
    this.policy = new Policy(file, tier, randomBytes(CRYPTO_PAN_KEY_BYTES));
    this.most = most;
  }

  /** A record by the names of its columns, with addresses as text. */
  take(record: Readonly<MutableFlow>): void {
    const after: MutableFlow = { ...record };
    if (this.policy.apply(after, 0) === 'drop') {
      this.removed += 1;
      this.show(record, null, 'removed');
      return;
    }
    const changes = Object.keys(record).filter((column) => after[column] !== record[column]);
    if (changes.length === 0) this.kept += 1;
    else {
      this.changed += 1;
      this.show(record, after, changes.join());
    }
  }

  get result(): TrialResult {
    const { kept, changed, removed, policy, examples } = this;
    const counts = { records: kept + changed + removed, kept, changed, removed };
    return { ...counts, removed_bytes: policy.removed.bytes, rules: policy.counts, examples };
  }

  private show(before: Readonly<MutableFlow>, after: MutableFlow | null, kind: string): void {
    if (this.examples.length >= this.most || this.kinds.has(kind)) return;
    this.kinds.add(kind);
    this.examples.push({ before: { ...before }, after });
  }
}
