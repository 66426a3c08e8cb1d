import { Box, List, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type Stream, streams } from '../api/node.ts';
import { isOwnMeter } from './own-meter.ts';

/** Who has sent flows, newest first: what somebody who sets up a router waits for. */
export function HeardExporters() {
  const { data, error, dataUpdatedAt } = useQuery(streams());
  const heard = data === undefined ? [] : heardFrom(data.filter((stream) => !isOwnMeter(stream)));
  return (
    <Box className="panel" component="section" aria-label="Heard from" p={8}>
      <Title order={2} mb={4}>
        Heard from
      </Title>
      <div role="status">
        {error !== null && <Text size="sm">No answer: {error.message}</Text>}
        {data !== undefined && heard.length === 0 && (
          <Text size="sm" c="dimmed">
            Nobody yet. The first datagram shows here within two seconds.
          </Text>
        )}
        <List size="sm" spacing={2}>
          {heard.map((one) => (
            <List.Item key={one.exporter}>{sentence(one, dataUpdatedAt)}</List.Item>
          ))}
        </List>
      </div>
    </Box>
  );
}

export interface Heard {
  readonly exporter: string;
  readonly lastMs: number;
  readonly datagrams: number;
  readonly records: number;
  readonly templates: number;
  /** Sets of data that wait for their template. */
  readonly waiting: number;
}

/** Streams by the address that they come from. */
function heardFrom(all: readonly Stream[]): Heard[] {
  const sums = new Map<string, Heard>();
  for (const { exporter, last_seen, counts, waiting_sets } of all) {
    const before = sums.get(exporter);
    sums.set(exporter, {
      exporter,
      lastMs: Math.max(before?.lastMs ?? 0, last_seen),
      datagrams: (before?.datagrams ?? 0) + (counts.datagrams ?? 0),
      records: (before?.records ?? 0) + (counts.records ?? 0),
      templates: (before?.templates ?? 0) + (counts.templates ?? 0),
      waiting: (before?.waiting ?? 0) + waiting_sets,
    });
  }
  return [...sums.values()].sort((a, b) => b.lastMs - a.lastMs);
}

/** `heard from 192.0.2.1 2 s ago: 3 datagrams, 12 records, 2 templates`. */
function sentence({ exporter, lastMs, datagrams, records, templates, waiting }: Heard, nowMs: number): string {
  const parts = [
    counted(datagrams, 'datagram'),
    counted(records, 'record'),
    ...(templates > 0 ? [counted(templates, 'template')] : []),
    ...(waiting > 0 ? [`${counted(waiting, 'set')} of data without a template yet: it comes with the next round`] : []),
  ];
  return `heard from ${exporter} ${ago(nowMs - lastMs)}: ${parts.join(', ')}`;
}

const counted = (n: number, word: string) => `${n.toLocaleString('en')} ${word}${n === 1 ? '' : 's'}`;

/** Clocks of the browser and of the node may differ: never in the future. */
function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}
