import { z } from 'zod';
import { parsePrefix } from '../flow/index.ts';
import type { ExporterSite } from '../label/index.ts';
import { entry } from './list-entries.ts';
import { list, prefixKey } from './setting-schemas.ts';

/** A name is a value of two text columns, whose dictionaries hold no more. */
const MOST_NAMES = 10_000;
const MOST_NAME_BYTES = 255;
/** Each prefix of exporters with VLANs has a table of all VLANs in each thread that labels. */
const MOST_VLAN_PREFIXES = 1_000;
const MOST_VLAN = 4_094;
const PREFIXES = 'prefixes such as 10.1.0.0/16,2001:db8:1::/48';

/** What says that an address is of a site: its prefixes; else who exported and in which VLAN. */
export interface Site {
  readonly prefixes: readonly string[];
  readonly exporters: readonly string[];
  readonly vlans: readonly VlansOfExporter[];
}
type VlansOfExporter = Omit<ExporterSite, 'site'> & { readonly vlans: readonly [number, number] };

const prefixList = list(PREFIXES, (t) => (parsePrefix(t) ? t : null));
const inFull = entry(
  {
    prefixes: prefixList.optional(),
    exporters: list('addresses or prefixes of exporters such as 192.0.2.1,198.51.100.0/24', (t) =>
      parsePrefix(t) ? t : null,
    ).optional(),
    vlans: list('VLANs of exporters such as 192.0.2.1:10-20 or [2001:db8::1]:10', parseVlans).optional(),
  },
  'prefixes: [10.1.0.0/16], exporters: [192.0.2.1], vlans: ["192.0.2.1:10-20"]',
);

/** `ADDRESS:FIRST-LAST`, of IPv6 in brackets; a prefix may stand for the address. */
function parseVlans(text: string): VlansOfExporter | null {
  const m = /^(?:\[([^\]]+)\]|([\d./]+)):(\d{1,4})(?:-(\d{1,4}))?$/.exec(text);
  const exporters = m?.[1] ?? m?.[2];
  if (!m || exporters === undefined || !parsePrefix(exporters)) return null;
  const [first, last] = [Number(m[3]), Number(m[4] ?? m[3])];
  return first >= 1 && first <= last && last <= MOST_VLAN ? { exporters, vlans: [first, last] } : null;
}

const site: z.ZodType<Site> = z.unknown().transform((value, ctx) => {
  const parts = isMapping(value) ? inFull.safeParse(value) : prefixList.safeParse(value);
  if (!parts.success) {
    for (const { path, message } of parts.error.issues) ctx.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  }
  const given = 'length' in parts.data ? { prefixes: parts.data } : parts.data;
  return { prefixes: given.prefixes ?? [], exporters: given.exporters ?? [], vlans: given.vlans ?? [] };
});

/** Names with their prefixes; a prefix belongs to one name. Of prefixes that lie within each other the longest counts, wherever it is. */
export const siteSetting: z.ZodType<Readonly<Record<string, Site>>> = z
  .record(z.string(), site, { error: () => 'expected a mapping such as `berlin: [10.1.0.0/16, "2001:db8:1::/48"]`' })
  .superRefine((sites, ctx) => {
    checkNames(sites, 'site', ctx);
    refuseShared(
      sites,
      (s) => s.prefixes.map((p) => [prefixKey(p), p]),
      (p, other) => `${p} is a prefix of the site ${other} already`,
      ctx,
    );
    refuseShared(
      sites,
      (s) => s.exporters.map((p) => [prefixKey(p), p]),
      (p, other) => `${p} is an exporter of the site ${other} already`,
      ctx,
    );
    refuseShared(
      sites,
      (s) => s.vlans.flatMap(keysOfVlans),
      (p, other) => `${p} is a VLAN of the site ${other} already`,
      ctx,
    );
    for (const [name, { prefixes, exporters, vlans }] of Object.entries(sites))
      if (prefixes.length + exporters.length + vlans.length === 0)
        ctx.addIssue({ code: 'custom', path: [name], message: 'has no prefix, no exporter and no VLAN' });
    const tables = new Set(Object.values(sites).flatMap((s) => s.vlans.map((v) => prefixKey(v.exporters))));
    if (tables.size > MOST_VLAN_PREFIXES)
      ctx.addIssue({
        code: 'custom',
        message: `expected VLANs of at most ${MOST_VLAN_PREFIXES} exporters; there are ${tables.size}`,
      });
  });

/** Names of subnets with their prefixes. */
export const subnetSetting: z.ZodType<Readonly<Record<string, readonly string[]>>> = z
  .record(z.string(), prefixList, { error: () => 'expected a mapping such as `servers: [10.1.5.0/24]`' })
  .superRefine((subnets, ctx) => {
    checkNames(subnets, 'subnet', ctx);
    refuseShared(
      subnets,
      (prefixes) => prefixes.map((p) => [prefixKey(p), p]),
      (p, other) => `${p} is a prefix of the subnet ${other} already`,
      ctx,
    );
    for (const [name, prefixes] of Object.entries(subnets))
      if (prefixes.length === 0) ctx.addIssue({ code: 'custom', path: [name], message: 'has no prefix' });
  });

function checkNames(named: Readonly<Record<string, unknown>>, what: string, ctx: z.RefinementCtx): void {
  const names = Object.keys(named);
  if (names.length > MOST_NAMES)
    ctx.addIssue({ code: 'custom', message: `expected at most ${MOST_NAMES} ${what}s; there are ${names.length}` });
  for (const name of names)
    if (!isName(name))
      ctx.addIssue({ code: 'custom', path: [name], message: 'is no name: 1 to 255 printable characters are' });
}

function isName(name: string): boolean {
  return name.trim() !== '' && Buffer.byteLength(name) <= MOST_NAME_BYTES && /^[^\p{Cc}]+$/u.test(name);
}

/** What two names claim, told once for each two. */
function refuseShared<T>(
  named: Readonly<Record<string, T>>,
  claimsOf: (of: T) => readonly (readonly [key: string, text: string])[],
  message: (text: string, other: string) => string,
  ctx: z.RefinementCtx,
): void {
  const taken = new Map<string, string>();
  for (const [name, of] of Object.entries(named)) {
    const told = new Set<string>();
    for (const [key, text] of claimsOf(of)) {
      const other = taken.get(key);
      if (other === undefined) taken.set(key, name);
      else if (other !== name && !told.has(text)) {
        told.add(text);
        ctx.addIssue({ code: 'custom', path: [name], message: message(text, other) });
      }
    }
  }
}

function keysOfVlans({ exporters, vlans: [first, last] }: VlansOfExporter): [string, string][] {
  const prefix = prefixKey(exporters);
  const text = `${exporters}:${first === last ? first : `${first}-${last}`}`;
  return Array.from({ length: last - first + 1 }, (_, i) => [`${prefix} ${first + i}`, text]);
}

const isMapping = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
