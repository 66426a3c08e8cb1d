import { type KnownApplication, NO_NAMING } from '../label/index.ts';
import { NAME_KINDS, type NameKind, type NamesAnswer, namesOf } from '../server/index.ts';
import { type AnswererFlags, addAnswererFlags, findPlace } from './client.ts';
import { oneOf, withExamples } from './command-line.ts';
import { Argument, Command } from './commander.ts';
import { fetchJson } from './http-connection.ts';
import { print } from './output.ts';
import { alignTable } from './table.ts';

const FORMATS = ['table', 'json'] as const;

interface Flags extends AnswererFlags {
  readonly format: (typeof FORMATS)[number];
}

/** `weir label list`: the names that flows can get. */
export function labelListCommand(): Command {
  const command = new Command('list')
    .description('the names that flows can get: those that come with Weir, and those of the configuration of the node')
    .addArgument(new Argument('[kind]', 'default: all').choices(NAME_KINDS))
    .option('--format <form>', 'table or json', oneOf('--format', FORMATS), 'table')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  addAnswererFlags(command);
  withExamples(command, 'weir label list services', 'weir label list applications --format json');
  return command.action(async (kind: NameKind | undefined, flags: Flags) => {
    const place = await findPlace(flags);
    const path = `/api/v1/label/names${kind === undefined ? '' : `?kind=${kind}`}`;
    const names =
      place.kind === 'node'
        ? ((await fetchJson(place.endpoint, { method: 'GET', path })) as NamesAnswer)
        : namesOf(NO_NAMING, kind);
    await print(flags.format === 'json' ? `${JSON.stringify(names)}\n` : rendered(names));
    if (place.kind !== 'node' && flags.format === 'table')
      process.stderr.write('no node runs here: its configuration is not known, and these come with Weir\n');
  });
}

/** More ends of names than this of one service are only counted. */
const SHOWN_DOMAINS = 3;

function rendered({ scheme, applications, services, categories, evidence }: NamesAnswer): string {
  const parts = [
    applications &&
      table(
        ['application', 'category', 'ports', 'is'],
        applications.map((a) => [a.name, a.category ?? '-', portsOf(a), a.title ?? '']),
      ),
    services &&
      table(
        ['service', 'category', 'servers'],
        services.map((s) => [s.name, s.category ?? '-', domainsOf(s.domains)]),
      ),
    categories && [
      `scheme ${scheme}`,
      '',
      ...table(
        ['category', 'applications', 'services'],
        categories.map((c) => [c.name, String(c.applications), String(c.services)]),
        ['left', 'right', 'right'],
      ),
    ],
    evidence &&
      table(
        ['evidence', 'the name is known by (strongest first)'],
        evidence.map((e) => [e.name, e.meaning]),
      ),
  ];
  return `${parts
    .filter((part) => part !== undefined)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function table(titles: readonly string[], rows: readonly string[][], align: readonly ('left' | 'right')[] = []) {
  return alignTable(
    titles.map((title, i) => ({ title, align: align[i] ?? 'left' })),
    rows,
  );
}

function portsOf({ tcp, udp, ip }: Pick<KnownApplication, 'tcp' | 'udp' | 'ip'>): string {
  const said = [
    ['tcp', tcp],
    ['udp', udp],
    ['ip protocol', ip],
  ] as const;
  return (
    said.flatMap(([of, numbers]) => (numbers.length === 0 ? [] : [`${of} ${numbers.join(' ')}`])).join(', ') || '-'
  );
}

function domainsOf(domains: readonly string[]): string {
  const more = domains.length - SHOWN_DOMAINS;
  return `${domains.slice(0, SHOWN_DOMAINS).join(' ')}${more > 0 ? ` and ${more} more` : ''}` || '-';
}
