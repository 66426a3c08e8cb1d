import { z } from 'zod';
import { WeirError } from '../../base/index.ts';
import { type FilterNode, parseFilter, referencedColumns, swapDirection } from '../../filter/index.ts';
import { readAction } from './policy-actions.ts';
import type { Action } from './policy-rule.ts';
import { DAYS, type Hours, TimeWindows } from './time-windows.ts';

/** Each record is judged by all of them. */
const MOST_RULES = 1_000;

/** What a record has when the policy sees it: sites, directions and what else a node finds out comes later. */
const AT_HAND = new Set([
  ...['start', 'end', 'src_addr', 'dst_addr', 'src_port', 'dst_port', 'protocol', 'icmp_type', 'icmp_code'],
  ...['raw_bytes', 'raw_packets', 'sampling', 'tcp_flags', 'tos', 'flow_direction', 'byte_layer', 'service_port'],
  ...[
    'in_if',
    'out_if',
    'src_mac',
    'dst_mac',
    'src_nat_addr',
    'dst_nat_addr',
    'src_nat_port',
    'dst_nat_port',
    'server_name',
    'host',
    'user',
    'process',
    'executable',
    'parent',
    'pid',
  ],
  ...[
    'app',
    'container',
    'vm',
    'rtt',
    'setup',
    'response',
    'outcome',
    'retransmits',
    'owner_source',
    'duplicate',
    'continued',
  ],
]);

const filter = z.string({ error: () => 'expected a filter such as "process firefox and not dst net 10.0.0.0/8"' });
const match = filter.transform((text, ctx): { node: FilterNode; text: string } => {
  const complain = (message: string) => {
    ctx.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  try {
    const node = parseFilter(text);
    const unknown = [...referencedColumns(node), ...referencedColumns(swapDirection(node))].filter(
      (c) => !AT_HAND.has(c),
    );
    if (unknown.length === 0) return { node, text };
    return complain(
      `${[...new Set(unknown)].join(', ')}: not known where the policy is applied, so that no record would match`,
    );
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    return complain(error.message);
  }
});

/** `mon-fri`, `sat`, or a list of these; a week goes round: `fri-mon` is four days. */
const DAYS_FORM = /^(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))?$/;
const HOURS_FORM = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

const oneOrMore = <T>(expected: string, read: (text: string) => T | null) =>
  z
    .union([z.string(), z.array(z.string()).min(1)], { error: () => `expected ${expected}` })
    .transform((value, ctx): readonly T[] =>
      (typeof value === 'string' ? value.split(',').map((t) => t.trim()) : value).map((text) => {
        const found = read(text.toLowerCase());
        if (found !== null) return found;
        ctx.addIssue({ code: 'custom', message: `expected ${expected}, not "${text}"` });
        return z.NEVER;
      }),
    );

function readDays(text: string): readonly number[] | null {
  const m = DAYS_FORM.exec(text);
  if (!m) return null;
  const from = DAYS.indexOf(m[1]!);
  const to = m[2] === undefined ? from : DAYS.indexOf(m[2]);
  return Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, i) => (from + i) % 7);
}

function readHours(text: string): Hours | null {
  const m = HOURS_FORM.exec(text);
  if (!m) return null;
  const hours = {
    from: Number(m[1]) * 60 + Number(m[2]),
    to: m[3] === undefined ? 1_440 : Number(m[3]) * 60 + Number(m[4]),
  };
  return hours.from === hours.to ? null : hours;
}

const time = strict(
  {
    days: oneOrMore('days such as mon-fri or sat', readDays).default([[0, 1, 2, 3, 4, 5, 6]]),
    hours: oneOrMore('hours such as 08:00-18:00', readHours).default([{ from: 0, to: 1_440 }]),
    zone: z
      .string({ error: () => 'expected a zone such as Europe/Berlin' })
      .refine(isZone, { error: (issue) => `expected a zone such as Europe/Berlin, not ${JSON.stringify(issue.input)}` })
      .optional(),
  },
  'days: mon-fri, hours: 18:00-08:00, zone: Europe/Berlin',
).transform(
  ({ days, hours, zone }) =>
    new TimeWindows(days.flat(), hours, zone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone),
);

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const actions = z
  .array(z.unknown(), { error: () => 'expected a list such as `- drop`' })
  .min(1, { error: () => 'expected one action or more' })
  .transform((values, ctx): readonly Action[] => {
    const read = values.map((value, i) => readAction(value, [i], ctx));
    const ends = read.filter((a) => a?.kind === 'drop' || a?.kind === 'keep');
    if (ends.length > 0 && read.some((a) => a?.kind === 'drop') && read.length > 1)
      ctx.addIssue({ code: 'custom', message: 'drop stands alone: nothing is left that other actions could change' });
    return read.filter((a) => a !== null);
  });

const name = z
  .string({ error: () => 'expected a name' })
  .min(1, { error: () => 'expected a name' })
  .max(100, { error: () => 'expected a name of at most 100 characters' });

const tier = strict(
  { name, hosts: z.union([z.string(), z.array(z.string())], { error: () => 'expected names of hosts' }).default([]) },
  'name: servers, hosts: ["web-*", db-1]',
).transform(({ name, hosts }) => ({ name, hosts: typeof hosts === 'string' ? [hosts] : hosts }));

const rule = strict(
  {
    name: name.optional(),
    match,
    directions: z.enum(['both', 'one'], { error: () => 'expected both or one' }).default('both'),
    time: time.optional(),
    trust: name.optional(),
    actions,
  },
  'match: "dst port 53", actions: [drop]',
);

export const policySchema = strict(
  {
    tiers: z.array(tier, { error: () => 'expected a list such as `- name: servers`' }).default([]),
    key: z
      .string({ error: () => 'expected the path of a file' })
      .min(1)
      .optional(),
    rules: z
      .array(rule, { error: () => 'expected a list such as `- match: "dst port 53"`' })
      .max(MOST_RULES, { error: () => `more than ${MOST_RULES} rules` }),
  },
  'rules: [...]',
);

/** What rules say of tiers, in a file as it is written: told beside other mistakes, which keep the whole from being read. */
export function tierMistakes(content: unknown): readonly { path: PropertyKey[]; message: string }[] {
  const listed = (key: string) => {
    const list = (content as Record<string, unknown> | null)?.[key];
    return Array.isArray(list) ? list.map((entry) => entry as Record<string, unknown> | null) : [];
  };
  const known = listed('tiers').map((entry) => entry?.name);
  const twice = known.flatMap((tierName, i) =>
    tierName !== undefined && known.indexOf(tierName) < i
      ? [{ path: ['tiers', i, 'name'], message: 'is in the list already' }]
      : [],
  );
  const missing = listed('rules').flatMap((entry, i) => {
    const trust = entry?.trust;
    if (typeof trust !== 'string' || known.includes(trust)) return [];
    const expected = known.length === 0 ? 'there are no tiers in this file' : `expected one of ${known.join(', ')}`;
    return [{ path: ['rules', i, 'trust'], message: `${expected}, not ${JSON.stringify(trust)}` }];
  });
  return [...twice, ...missing];
}

/** A mapping with these keys alone. */
function strict<T extends z.ZodRawShape>(shape: T, example: string) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `unknown key ${issue.keys.map((k) => `"${k}"`).join(', ')}; expected ${Object.keys(shape).join(', ')}`
        : issue.input === undefined
          ? 'is missing'
          : `expected a mapping such as \`${example}\``,
  });
}
