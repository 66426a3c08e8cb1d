import { Table, Text } from '@mantine/core';
import { queryOptions } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { minuteText } from '../../../src/chart/index.ts';
import { fetchJson } from '../api/fetch-json.ts';

interface Source {
  readonly range: string;
  readonly source: string;
  /** ms since 1970; null: not known. */
  readonly made: number | null;
}

interface KnownAddress {
  readonly place: string | null;
  readonly asn: number | null;
  readonly as_name: string | null;
  readonly as_from: Source | null;
  readonly country: string | null;
  readonly country_from: Source | null;
  readonly lists: readonly {
    readonly list: string;
    readonly prefix: string;
    readonly source: string | null;
    readonly fetched: number | null;
  }[];
}

/** What the node knows of it without any flow. ApiError `usage` for what is no address. */
export const knownAddress = (address: string) =>
  queryOptions({
    queryKey: ['address', address],
    queryFn: ({ signal }) => fetchJson<KnownAddress>(`/api/v1/address/${encodeURIComponent(address)}`, { signal }),
  });

/** With which data say so. */
export function AddressFacts({ place, asn, as_name, as_from, country, country_from, lists }: KnownAddress) {
  const from = (source: Source | null) =>
    source === null
      ? ''
      : `${source.range}, ${source.source}${source.made === null ? '' : `, made ${minuteText(source.made)}`}`;
  const rows: readonly (readonly [string, ReactNode, string])[] = [
    ['Place', place ?? 'not known: the node was not told what is home', ''],
    ['Autonomous system', asn === null ? 'not known' : [`AS${asn}`, as_name].filter(Boolean).join(' '), from(as_from)],
    ['Country', country === null ? 'not known' : nameOfCountry(country), from(country_from)],
    ...lists.map(({ list, prefix, source, fetched }): [string, ReactNode, string] => [
      'On block list',
      `${list} (${prefix})`,
      [source, fetched === null ? null : `read ${minuteText(fetched)}`].filter(Boolean).join(', '),
    ]),
    ...(lists.length === 0 ? [['Block lists', 'on none that this node has', ''] as const] : []),
  ];
  return (
    <Table aria-label="Known of the address">
      <Table.Tbody>
        {rows.map(([name, value, by]) => (
          <Table.Tr key={`${name} ${String(value)}`}>
            <Table.Th scope="row">{name}</Table.Th>
            <Table.Td className="value">
              {value}
              {by !== '' && (
                <Text size="xs" c="dimmed">
                  {by}
                </Text>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** `DE (Germany)` in the language of who looks. */
function nameOfCountry(code: string): string {
  const name = new Intl.DisplayNames(undefined, { type: 'region', fallback: 'none' }).of(code);
  return name === undefined ? code : `${code} (${name})`;
}
