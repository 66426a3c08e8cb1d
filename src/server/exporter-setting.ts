import { z } from 'zod';
import { columns, parsePrefix } from '../flow/index.ts';
import type { ExporterRule } from '../ingest/index.ts';
import type { InterfaceNames, InterfaceState } from '../truth/index.ts';
import { configuredColumn, type ElementMapping, findElementByName, parseElementReference } from '../wire/index.ts';
import { entry, refuseTwice } from './list-entries.ts';
import { integer, prefixKey, scalar, text, within, word } from './setting-schemas.ts';
import { parseBytes } from './units.ts';

/** The two settings that are lists of mappings, which only a file can hold: what is known of exporters, and elements that go to columns. */

const SAMPLING_RATE_MAX = 0xffff_ffff;

/** Columns that say how and when a record came here: no element may overwrite them. */
const OWN = new Set([
  ...['start', 'end', 'received', 'time', 'exporter', 'domain', 'agent_address', 'format', 'byte_layer'],
  ...['raw_bytes', 'raw_packets', 'sampling', 'sampling_origin', 'source'],
]);
const OPEN = columns.filter((c) => !OWN.has(c.name) && c.type !== 'enum' && c.type !== 'time').map((c) => c.name);

const LARGEST_INDEX = 0x7fff_ffff;
const INTERFACES = 'expected a mapping such as `3: {name: uplink, speed: 10G}`';
const LONGEST_NAME = 255;

const label = scalar('at most 255 printable characters', (t) =>
  t.length <= LONGEST_NAME && !/\p{Cc}/u.test(t) ? t : null,
);

const interfaceEntry = entry(
  {
    name: label.optional(),
    description: label.optional(),
    speed: scalar('bits per second such as 10G', (t) => within(parseBytes(t), 1, 1e15)).optional(),
  },
  'name: uplink, speed: 10G',
);

const exporterEntry = entry(
  {
    prefix: scalar('a prefix such as 192.0.2.0/24, or an address', (t) => (parsePrefix(t) ? t : null)),
    sampling: integer(1, SAMPLING_RATE_MAX).optional(),
    sampling_mode: word('default', 'override').optional(),
    as_type: word('origin', 'peer').optional(),
    tunnels: word('outer', 'inner').optional(),
    name: text('a name').optional(),
    interfaces: z.record(z.string(), interfaceEntry, { error: () => INTERFACES }).optional(),
  },
  'prefix: 192.0.2.0/24, sampling: 1000',
);

type ExporterEntry = z.infer<typeof exporterEntry>;

export const exporterRules: z.ZodType<readonly ExporterRule[]> = z
  .array(exporterEntry, { error: () => 'expected a list such as `- prefix: 192.0.2.0/24`' })
  .superRefine((entries, ctx) => {
    refuseTwice(entries, (e) => prefixKey(e.prefix), 'prefix', ctx);
    entries.forEach((e, i) => {
      if (e.sampling_mode && e.sampling === undefined)
        ctx.addIssue({ code: 'custom', path: [i, 'sampling_mode'], message: 'says nothing without sampling' });
      for (const index of Object.keys(e.interfaces ?? {}))
        if (!/^[1-9]\d{0,9}$/.test(index) || Number(index) > LARGEST_INDEX)
          ctx.addIssue({ code: 'custom', path: [i, 'interfaces', index], message: 'is no number of an interface' });
    });
  })
  .transform((entries) => entries.map(ruleOf));

function ruleOf(e: ExporterEntry): ExporterRule {
  return {
    prefix: e.prefix,
    settings: {
      ...(e.sampling === undefined ? {} : { sampling: { rate: e.sampling, mode: e.sampling_mode ?? 'default' } }),
      asType: e.as_type ?? 'origin',
      tunnels: e.tunnels ?? 'outer',
    },
    ...(e.name === undefined ? {} : { name: e.name }),
    ...(e.interfaces === undefined ? {} : { interfaces: interfacesOf(e.interfaces) }),
  };
}

function interfacesOf(entries: NonNullable<ExporterEntry['interfaces']>): InterfaceState[] {
  return Object.entries(entries).map(([index, { name, description, speed }]) => ({
    index: Number(index),
    name: name ?? '',
    description: description ?? '',
    speed: speed ?? 0,
  }));
}

const elementEntry = entry(
  {
    element: scalar('an element such as "35632/118" (enterprise/number) or applicationName', referenceOf),
    column: scalar('a column such as custom_text_1, custom_1 or another that exporters fill', (t) =>
      OPEN.includes(t) ? t : null,
    ),
  },
  'element: "35632/118", column: custom_text_1',
);

export const elementMappings: z.ZodType<readonly ElementMapping[]> = z
  .array(elementEntry, { error: () => 'expected a list such as `- element: "35632/118"`' })
  .superRefine((entries, ctx) => {
    refuseTwice(entries, (e) => `${e.element.pen}/${e.element.id}`, 'element', ctx);
    entries.forEach(({ element, column }, i) => {
      if (configuredColumn({ ...element, column }) === null)
        ctx.addIssue({ code: 'custom', path: [i, 'column'], message: `${column} cannot hold what the element is` });
    });
  })
  .transform((entries) => entries.map(({ element, column }) => ({ ...element, column })));

function referenceOf(name: string): { pen: number; id: number } | null {
  const found = parseElementReference(name) ?? findElementByName(name);
  return found ? { pen: found.pen, id: found.id } : null;
}

/** What is written down for who asks later. Rules without names count too: the longest prefix alone does. */
export function configuredNames(rules: readonly ExporterRule[]): InterfaceNames['configured'] {
  if (rules.every(({ name, interfaces }) => name === undefined && interfaces === undefined)) return [];
  return rules.map(({ prefix, name, interfaces }) => ({
    prefix,
    ...(name === undefined ? {} : { name }),
    interfaces: interfaces ?? [],
  }));
}
