import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type AddressWords, formatAddress, isMappedIPv4 } from '../../flow/index.ts';
import type { MutableFlow } from './record-row.ts';

/** Policies and records made at random, and what must be found nowhere after a policy was applied: by a model of its own. */

const END = ['src', 'dst', 'local', 'remote', 'both'] as const;
const COLUMNS = ['process', 'executable', 'parent', 'app', 'container', 'vm', 'user', 'server_name', 'host'] as const;
type TextColumn = (typeof COLUMNS)[number];
const PORTS = [1_001, 1_002, 1_003, 1_004];
const DETAIL = ['pid', 'process', 'executable', 'parent', 'app'];

interface Truncate {
  readonly truncate: { readonly addresses: (typeof END)[number]; readonly ipv4: number; readonly ipv6: number };
}
interface Pseudonymise {
  readonly pseudonymise: readonly string[];
}
interface Remove {
  readonly remove: readonly string[];
}
type CaseAction = 'drop' | 'keep' | Truncate | Pseudonymise | Remove;

export interface CaseRule {
  /** Null: every flow. */
  readonly port: number | null;
  readonly directions: 'both' | 'one';
  readonly actions: readonly CaseAction[];
}

/** One record with a value of its own in each field, which nothing else has. */
export interface CaseRecord {
  readonly flow: MutableFlow;
  readonly src: AddressWords;
  readonly dst: AddressWords;
  readonly texts: Readonly<Record<TextColumn, string>>;
  readonly pid: number;
}

export interface PolicyCase {
  readonly rules: readonly CaseRule[];
  readonly records: readonly CaseRecord[];
}

const changing: fc.Arbitrary<CaseAction> = fc.oneof(
  fc.record({
    truncate: fc.record({
      addresses: fc.constantFrom(...END),
      ipv4: fc.integer({ min: 0, max: 24 }),
      ipv6: fc.integer({ min: 0, max: 96 }),
    }),
  }),
  fc.record({ pseudonymise: fc.uniqueArray(fc.constantFrom(...END, ...COLUMNS), { minLength: 1, maxLength: 4 }) }),
  fc.record({
    remove: fc.uniqueArray(fc.constantFrom(...COLUMNS, 'pid', 'process_detail'), { minLength: 1, maxLength: 4 }),
  }),
);

const actions: fc.Arbitrary<readonly CaseAction[]> = fc.oneof(
  { weight: 4, arbitrary: fc.array(changing, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant(['drop' as const]) },
  { weight: 1, arbitrary: fc.array(changing, { maxLength: 1 }).map((a) => [...a, 'keep' as const]) },
);

const rule: fc.Arbitrary<CaseRule> = fc.record({
  port: fc.option(fc.constantFrom(...PORTS), { freq: 4 }),
  directions: fc.constantFrom('both', 'both', 'one'),
  actions,
});

/** Values by chance that no other record or field has: also of the smallest case that fails. */
function valuesOf(seed: number) {
  const digest = (what: string) => createHash('sha256').update(`${seed} ${what}`).digest();
  // The last octet is not 0, so that each cut changes it.
  const words = (what: string): AddressWords => {
    const d = digest(what);
    const last = (d.readUInt32BE(12) | 1) >>> 0;
    if (d[20]! & 1) return [0, 0, 0xffff, last];
    return [0x2000_0000 | (d.readUInt32BE(0) >>> 3), d.readUInt32BE(4), d.readUInt32BE(8), last];
  };
  return {
    src: words('src'),
    dst: words('dst'),
    pid: 1_000_000_000 + (digest('pid').readUInt32BE(0) >>> 1),
    name: (column: string) => `${column.slice(0, 2)}${digest(column).toString('hex', 0, 8)}`,
  };
}

const record: fc.Arbitrary<CaseRecord> = fc
  .record({
    // Small numbers come often else, and two records would be the same.
    seed: fc.noBias(fc.nat()),
    ports: fc.tuple(fc.integer({ min: 30_000, max: 60_000 }), fc.constantFrom(...PORTS), fc.boolean()),
    direction: fc.constantFrom('egress', 'ingress', undefined),
    asWords: fc.boolean(),
    mixed: fc.boolean(),
  })
  .map(({ seed, ports: [client, server, back], direction, asWords, mixed }) => {
    const { src, dst, pid, name } = valuesOf(seed);
    const texts = Object.fromEntries(COLUMNS.map((c) => [c, name(c)])) as CaseRecord['texts'];
    const given = (w: AddressWords) => (asWords ? Uint32Array.from(w) : formatAddress(w));
    const flow: MutableFlow = {
      ...texts,
      src_addr: given(src),
      dst_addr: given(dst),
      src_port: back ? server : client,
      dst_port: back ? client : server,
      protocol: 6,
      raw_bytes: 1_500,
      raw_packets: 3,
      pid,
      flow_direction: direction,
      owner_source: 'connect',
    };
    if (mixed) {
      // What one column says stands in others as well.
      flow.executable = `/home/${texts.user.toUpperCase()}/${texts.executable}/${texts.process}`;
      flow.app = `${texts.app}-${texts.process}-${pid}.scope`;
      flow.container = `${texts.container}_${formatAddress(src)}`;
      flow.server_name = `${texts.server_name}.${formatAddress(dst).replaceAll(/[.:]/g, '-')}.example`;
    }
    return { flow, src, dst, texts, pid };
  });

export const policyCase: fc.Arbitrary<PolicyCase> = fc.record({
  rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
  records: fc.uniqueArray(record, { minLength: 1, maxLength: 8, selector: (r) => r.pid }),
});

/** The policy as its file would be written; JSON is YAML. */
export function policyText({ rules }: PolicyCase): string {
  return JSON.stringify({
    rules: rules.map(({ port, directions, actions }) => ({
      match: port === null ? 'any' : `dst port ${port}`,
      directions,
      actions,
    })),
  });
}

/** What must be found nowhere. `touched`: some rule is for the record. */
export interface Gone {
  readonly touched: boolean;
  readonly dropped: boolean;
  readonly addresses: readonly AddressWords[];
  readonly texts: readonly string[];
  readonly pid: number | null;
}

export function goneOf(rules: readonly CaseRule[], { flow, src, dst, texts, pid }: CaseRecord): Gone {
  const ends = new Set<'src' | 'dst'>();
  const columns = new Set<string>();
  let touched = false;
  for (const { port, directions, actions } of rules) {
    const asWritten = port === null || flow.dst_port === port;
    const exchanged = directions === 'both' && (port === null || flow.src_port === port);
    if (!asWritten && !exchanged) continue;
    touched = true;
    if (actions.includes('drop')) {
      return { touched, dropped: true, addresses: [src, dst], texts: Object.values(texts), pid };
    }
    const end = (named: string) => {
      const [all, out, back] = [named === 'both', flow.flow_direction !== 'ingress', flow.flow_direction !== 'egress'];
      if (all || (named === 'src' && asWritten) || (named === 'dst' && exchanged)) ends.add('src');
      if (all || (named === 'dst' && asWritten) || (named === 'src' && exchanged)) ends.add('dst');
      if ((named === 'local' && out) || (named === 'remote' && back)) ends.add('src');
      if ((named === 'local' && back) || (named === 'remote' && out)) ends.add('dst');
    };
    for (const action of actions) {
      if (typeof action === 'string') continue;
      if ('truncate' in action) end(action.truncate.addresses);
      else if ('remove' in action)
        for (const c of action.remove.flatMap((c) => (c === 'process_detail' ? DETAIL : [c]))) columns.add(c);
      else for (const c of action.pseudonymise) (END as readonly string[]).includes(c) ? end(c) : columns.add(c);
    }
    if (actions.includes('keep')) break;
  }
  return {
    touched,
    dropped: false,
    addresses: [...(ends.has('src') ? [src] : []), ...(ends.has('dst') ? [dst] : [])],
    texts: COLUMNS.filter((c) => columns.has(c)).map((c) => texts[c]),
    pid: columns.has('pid') ? pid : null,
  };
}

/** All forms in which a file, a message or an answer may have them. */
export function formsOf({ addresses, texts, pid }: Pick<Gone, 'addresses' | 'texts' | 'pid'>): Buffer[] {
  const words = (...numbers: number[]) => {
    const [big, little] = [Buffer.alloc(4 * numbers.length), Buffer.alloc(4 * numbers.length)];
    numbers.forEach((n, i) => {
      big.writeUInt32BE(n, 4 * i);
      little.writeUInt32LE(n, 4 * (numbers.length - 1 - i));
    });
    return [big, little];
  };
  return [
    ...texts.flatMap((t) => [Buffer.from(t), Buffer.from(t.toUpperCase())]),
    ...addresses.flatMap((a) => [Buffer.from(formatAddress(a)), ...addressWordsOf(a, words)]),
    ...(pid === null ? [] : [Buffer.from(String(pid)), ...words(pid)]),
  ];
}

/** Also as the two halves in which a store has an address, in words and as the text of a number. */
function addressWordsOf(a: AddressWords, words: (...numbers: number[]) => Buffer[]): Buffer[] {
  if (isMappedIPv4(a)) return [...words(a[3]), Buffer.from(String((0xffffn << 32n) | BigInt(a[3])))];
  return [...words(...a), ...words(a[2], a[3]), Buffer.from(String((BigInt(a[2]) << 32n) | BigInt(a[3])))];
}
