import { enumCode, type JsonValue, jsonInteger } from '../../flow/index.ts';
import type { MetricValues } from '../answer.ts';
import { addFigures, countGroups, type Group, NOTHING } from '../groups.ts';
import type { Figures } from '../metrics.ts';
import type { Scope } from '../scope.ts';
import { list, name, type Sql, sql } from '../sql.ts';
import { BYTES, FLOWS, PACKETS } from '../sums.ts';
import { countPairs, type Pair, pairsTable } from './pairs.ts';
import { column, countReport, parseReportInput, percentOf, type Report, type ReportTable } from './report.ts';

const SUMS = [BYTES, PACKETS, FLOWS];
const METERED = enumCode('format', 'meter');
/** RFC 4303, RFC 4302. */
const [ESP, AH, UDP] = [50, 51, 17];
/** RFC 3948: ESP in UDP, and the key exchange beside it, which is encrypted as well. */
const NAT_TRAVERSAL_PORT = 4500;

interface Kind {
  readonly kind: string;
  readonly meaning: string;
  /** Whether ports and protocol inside are known. */
  readonly visible: boolean;
}

/** By code: those of the column `ipsec` first. */
const KINDS: readonly Kind[] = [
  { kind: 'none', meaning: 'no IPsec', visible: true },
  { kind: 'ah', meaning: 'AH, read', visible: true },
  { kind: 'null', meaning: 'ESP, not encrypted', visible: true },
  { kind: 'decrypted', meaning: 'ESP, decrypted', visible: true },
  { kind: 'opaque', meaning: 'ESP, encrypted', visible: false },
  // An exporter told the protocol, and nothing of what is inside.
  { kind: 'ah_unread', meaning: 'AH, not read', visible: false },
  { kind: 'nat_t', meaning: `UDP port ${NAT_TRAVERSAL_PORT}`, visible: false },
];
const [OPAQUE, AH_UNREAD, NAT_T] = ['opaque', 'ah_unread', 'nat_t'].map((kind) =>
  KINDS.findIndex((k) => k.kind === kind),
) as [number, number, number];

/** What was published of two enterprise networks: packets that were IPsec, whether or not it hid something. */
const PUBLISHED = [
  {
    name: 'cooke_2006',
    network: 'remote office, 8 days (Cooke and others 2006)',
    ipsec_packets_percent: 93,
  },
  {
    name: 'mortier_2005',
    network: 'enterprise, 622 h of 2005 (Mortier and others)',
    ipsec_packets_percent: 84,
  },
] as const;

interface Shares {
  readonly figures: MetricValues;
  /** Percent of all traffic, three decimals; null where there is none. */
  readonly percent: MetricValues;
}

interface OpaqueData {
  readonly total: MetricValues;
  readonly kinds: readonly (Shares & { readonly kind: string; readonly visible: boolean })[];
  /** All that cannot be seen into. */
  readonly opaque: Shares;
  /** All that is IPsec, seen into or not. */
  readonly ipsec: Shares;
  readonly pairs: readonly Pair[];
  readonly published: typeof PUBLISHED;
}

export const opaque: Report<OpaqueData> = {
  name: 'opaque',
  title: 'Opaque traffic',
  meaning: 'share of the traffic that IPsec hides, by kind, and the pairs of addresses with the most of it',
  texts: { what: 'words', kind: 'words', seen: 'words', name: 'words', network: 'words' },
  async run(store, input, options) {
    const query = parseReportInput(input);
    const { counted, quality, plan } = await countReport(store, query, options, SUMS, async (scope) => {
      const groups = await countKinds(scope);
      const hidden: Scope = { ...scope, source: hiddenSource(scope) };
      return dataOf(groups, await countPairs(hidden, query.limit));
    });
    return {
      report: opaque.name,
      title: opaque.title,
      data: counted,
      tables: [
        sharesTable(counted),
        kindsTable(counted),
        ...publishedTables(counted),
        pairsTable('Pairs with the most opaque bytes', counted.pairs),
      ],
      quality,
      plan,
    };
  },
};

/** The kind of a record. What an exporter says of IPsec is at most the protocol; where the meter of a node says that there is none, it looked. */
const KIND_SQL: Sql = (() => {
  const [ipsec, protocol] = [name('ipsec'), name('protocol')];
  const natPort = sql`(${name('src_port')} = ${NAT_TRAVERSAL_PORT} OR ${name('dst_port')} = ${NAT_TRAVERSAL_PORT})`;
  return sql`CASE WHEN ${ipsec} <> 0 THEN ${ipsec} WHEN ${protocol} = ${ESP!} THEN ${OPAQUE} WHEN ${protocol} = ${AH!} THEN ${AH_UNREAD}
    WHEN ${protocol} = ${UDP!} AND ${name('format')} <> ${METERED} AND ${natPort} THEN ${NAT_T} ELSE 0 END`;
})();

function countKinds({ run, source, shape }: Scope): Promise<Group[]> {
  return countGroups(run, source, [KIND_SQL], { ...NOTHING, sums: SUMS }, shape);
}

function hiddenSource({ source }: Scope): Scope['source'] {
  const codes = KINDS.flatMap((k, code) => (k.visible ? [] : [sql`${code}`]));
  return { from: source.from, where: sql`${source.where} AND ${KIND_SQL} IN (${list(codes)})` };
}

function dataOf(groups: readonly Group[], pairs: readonly Pair[]): OpaqueData {
  const all = sumOf(groups, () => true);
  const shares = (figures: Figures): Shares => ({
    figures: valuesOf(figures),
    percent: Object.fromEntries(
      SUMS.map((s) => [s.name, percentOf(jsonInteger(figures.get(s.name)!), jsonInteger(all.get(s.name)!), 3)]),
    ),
  });
  return {
    total: valuesOf(all),
    kinds: KINDS.map(({ kind, visible }) => ({ kind, visible, ...shares(sumOf(groups, (k) => k.kind === kind)) })),
    opaque: shares(sumOf(groups, (k) => !k.visible)),
    ipsec: shares(sumOf(groups, (k) => k.kind !== 'none')),
    pairs,
    published: PUBLISHED,
  };
}

function sumOf(groups: readonly Group[], of: (kind: Kind) => boolean): Figures {
  const chosen = groups.filter((g) => of(KINDS[Number(g.key[0])]!));
  return addFigures(
    chosen.map((g) => g.figures),
    { sums: SUMS },
  );
}

function valuesOf(figures: Figures): MetricValues {
  return Object.fromEntries(SUMS.map((s) => [s.name, jsonInteger(figures.get(s.name) ?? 0n)]));
}

function sharesTable({ opaque, ipsec }: OpaqueData): ReportTable {
  const rows = [
    ['cannot be seen into', ...cellsOf(opaque)],
    ['IPsec, seen into or not', ...cellsOf(ipsec)],
  ];
  return { title: 'Traffic that IPsec hides', columns: [column('what', 'what', 'text'), ...SHARE_COLUMNS], rows };
}

function kindsTable({ kinds }: OpaqueData): ReportTable {
  const columns = [column('kind', 'IPsec', 'text'), column('seen', 'seen into', 'text'), ...SHARE_COLUMNS];
  const rows = kinds.map(({ kind, visible, ...shares }) => [
    KINDS.find((k) => k.kind === kind)!.meaning,
    visible ? 'yes' : 'no',
    ...cellsOf(shares),
  ]);
  return { title: 'By kind', columns, rows };
}

const SHARE_COLUMNS = SUMS.flatMap((s) => [
  column(s.name, s.name, 'integer', s.unit),
  column(`${s.name}_percent`, `${s.name} %`, 'number', '%', 3),
]);

function cellsOf({ figures, percent }: Shares): JsonValue[] {
  return SUMS.flatMap((s) => [figures[s.name] ?? null, percent[s.name] ?? null]);
}

/** Packets are what was published. Without any here there is nothing to compare. */
function publishedTables({ opaque, ipsec }: OpaqueData): ReportTable[] {
  if (ipsec.percent.packets === null) return [];
  const columns = [
    column('network', 'network', 'text'),
    column('ipsec_packets_percent', 'IPsec, packets %', 'number', '%', 3),
    column('opaque_packets_percent', 'opaque, packets %', 'number', '%', 3),
  ];
  const here: JsonValue[] = ['here', ipsec.percent.packets ?? null, opaque.percent.packets ?? null];
  const rows = [here, ...PUBLISHED.map((p) => [p.network, p.ipsec_packets_percent, null])];
  return [{ title: 'Beside published networks', columns, rows }];
}
