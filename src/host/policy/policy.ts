import {
  type FilterNode,
  filterToPredicate,
  type RowPredicate,
  referencedColumns,
  swapDirection,
} from '../../filter/index.ts';
import { storedColumnsOf } from '../../flow/index.ts';
import type { PolicyRuleCounts } from '../../ingest/index.ts';
import { dropsAll } from './policy-advice.ts';
import { type PolicyFile, type PolicyRule, REMOVABLE } from './policy-rule.ts';
import { RecordChanges } from './record-changes.ts';
import { type MutableFlow, RecordRow, wholeNumber } from './record-row.ts';
import { addRule, clearEffects, effectsOf, newRecordEffects, type RuleEffects } from './rule-effects.ts';

/** What of a record is the same from its first packet to its last, once its process is known. */
const STEADY = new Set([
  ...['src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol', 'service_port', 'flow_direction', 'byte_layer'],
  ...['host', 'user', 'process', 'executable', 'parent', 'pid', 'app', 'container', 'vm', 'owner_source'],
]);

/** What has the name of a guest. */
const GUEST_COLUMNS = ['vm', 'app'];

/** What was removed, of all rules. A record whose flow is counted at another one is no bytes and packets. */
export interface RemovedTraffic {
  readonly records: number;
  readonly bytes: number;
  readonly packets: number;
}

type Judge = (row: number) => boolean;

interface CompiledRule {
  readonly rule: PolicyRule;
  readonly effects: RuleEffects;
  readonly bindAsWritten: ReturnType<typeof filterToPredicate>;
  /** Null where it holds for one direction. */
  readonly bindExchanged: ReturnType<typeof filterToPredicate> | null;
  asWritten: RowPredicate;
  exchanged: Judge;
  matched: number;
  records: number;
  bytes: number;
  packets: number;
}

const NEVER: Judge = () => false;

/** What may be recorded of the traffic of this host: applied to each record before anything else gets it. */
export class Policy {
  /** Nothing is left, whatever a flow is. */
  readonly dropsAll: boolean;
  private readonly rules: readonly CompiledRule[];
  private readonly row: RecordRow;
  private readonly effects = newRecordEffects();
  private readonly changes: RecordChanges;
  private bound = -1;
  /** How long what it says of a flow holds: as long as the flow, until the next minute begins (rules have times), or for the moment only (a rule asks how much there was). */
  readonly holds: 'flow' | 'minute' | 'moment';

  /** `tier`: place of this host's in the list of the file. The key is null where no rule needs one. */
  constructor(file: PolicyFile, tier: number, key: Uint8Array | null) {
    const rules = file.rules.filter((rule) => rule.tier === null || tier >= rule.tier);
    this.dropsAll = dropsAll(rules.map((rule) => ({ ...rule, tier: null })));
    const names = new Set(rules.flatMap((rule) => [...columnsOf(rule.match)]));
    this.row = new RecordRow([...names]);
    const timed = rules.some((rule) => rule.time !== null);
    this.holds = [...names].some((name) => !STEADY.has(name)) ? 'moment' : timed ? 'minute' : 'flow';
    this.changes = new RecordChanges(key);
    this.rules = rules.map((rule) => ({
      rule,
      effects: effectsOf(rule),
      bindAsWritten: filterToPredicate(rule.match),
      bindExchanged: rule.bothDirections ? filterToPredicate(swapDirection(rule.match)) : null,
      asWritten: NEVER,
      exchanged: NEVER,
      matched: 0,
      records: 0,
      bytes: 0,
      packets: 0,
    }));
  }

  /**
   * Judges a record by the names of its columns and changes it in place, also the words of its addresses: they must be its own. Rules see it as it came,
   * whatever earlier ones do to it. A record without times is of `nowMs`. One that is only shown, of a flow that is open, is not counted.
   */
  apply(flow: MutableFlow, nowMs: number, counted = true): 'keep' | 'drop' {
    if (this.rules.length === 0) return 'keep';
    this.row.fill(flow);
    if (this.bound !== this.row.revision) this.bind();
    const { effects } = this;
    clearEffects(effects);
    const startMs = wholeNumber(flow.start, nowMs);
    const endMs = wholeNumber(flow.end, nowMs);
    const local = localEnd(flow);
    let any = false;
    for (const compiled of this.rules) {
      if (!isInTime(compiled, startMs, endMs)) continue;
      const asWritten = compiled.asWritten(0);
      const exchanged = compiled.exchanged(0);
      if (!asWritten && !exchanged) continue;
      if (counted) compiled.matched += 1;
      if (compiled.effects.drop) {
        if (counted) countRemoved(compiled, flow);
        return 'drop';
      }
      addRule(effects, compiled.effects, asWritten, exchanged, local);
      any = true;
      if (compiled.effects.keep) break;
    }
    if (any) this.changes.make(flow, effects);
    return 'keep';
  }

  /** Whether the name of the host may be told beside the records: a rule takes it out of some. */
  get tellsHost(): boolean {
    const bit = 1 << REMOVABLE.indexOf('host');
    return this.rules.every(({ effects }) => ((effects.removed | effects.pseudonyms) & bit) === 0);
  }

  /**
   * What may be told of a guest beside its records: its name as it is left where every rule holds for it, as any of them may for some of its records; null
   * where a rule takes it out, or drops records by it.
   */
  guestName(name: string, host: string): string | null {
    const judged = this.rules.some(
      ({ rule, effects }) => effects.drop && GUEST_COLUMNS.some((column) => referencedColumns(rule.match).has(column)),
    );
    if (judged) return null;
    const all = newRecordEffects();
    for (const { effects } of this.rules) {
      all.removed |= effects.removed;
      all.pseudonyms |= effects.pseudonyms;
    }
    const told: MutableFlow = { host, vm: name, app: name };
    this.changes.make(told, all);
    return typeof told.vm === 'string' ? told.vm : null;
  }

  /** By rule, in the order of the file; rules that are not for this host are not among them. */
  get counts(): readonly PolicyRuleCounts[] {
    return this.rules.map(({ rule, matched, records, bytes, packets }) => ({
      rule: rule.name,
      matched,
      records,
      bytes,
      packets,
    }));
  }

  get removed(): RemovedTraffic {
    const total = { records: 0, bytes: 0, packets: 0 };
    for (const { records, bytes, packets } of this.rules) {
      total.records += records;
      total.bytes += bytes;
      total.packets += packets;
    }
    return total;
  }

  private bind(): void {
    this.bound = this.row.revision;
    for (const compiled of this.rules) {
      compiled.asWritten = compiled.bindAsWritten(this.row.batch);
      compiled.exchanged = compiled.bindExchanged?.(this.row.batch) ?? NEVER;
    }
  }
}

/** Stored columns that a filter reads, in both directions. */
function columnsOf(node: FilterNode): ReadonlySet<string> {
  const names = [...referencedColumns(node), ...referencedColumns(swapDirection(node))];
  return new Set(names.flatMap(storedColumnsOf));
}

/** What a rule takes away it takes from what is partly in its time as well; what it lets through must be in it wholly. */
function isInTime({ rule, effects }: CompiledRule, startMs: number, endMs: number): boolean {
  if (rule.time === null) return true;
  return effects.keep ? rule.time.covers(startMs, endMs) : rule.time.touches(startMs, endMs);
}

/** The side of this host's socket: a meter says whether a record is of what was sent or received. Of a request in the log of a proxy neither end is this host's. */
function localEnd({ flow_direction, owner_source }: MutableFlow): 'src' | 'dst' | null {
  if (owner_source === 'proxy_log') return null;
  return flow_direction === 'egress' ? 'src' : flow_direction === 'ingress' ? 'dst' : null;
}

function countRemoved(compiled: CompiledRule, flow: MutableFlow): void {
  compiled.records += 1;
  if (flow.duplicate === 'yes') return;
  const stands = Math.max(1, wholeNumber(flow.sampling, 1));
  compiled.bytes += wholeNumber(flow.raw_bytes, 0) * stands;
  compiled.packets += wholeNumber(flow.raw_packets, 0) * stands;
}
