import { Button, Group, NativeSelect, Stack, Switch, Text } from '@mantine/core';
import { type UseQueryResult, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { numberOf } from '../../../src/chart/index.ts';
import { formatFlowName, nameOfRecord } from '../../../src/flow/index.ts';
import { type FlowRecord, flowPages, flowTail, type FlowsPage as Page, TAIL_MINUTES } from '../api/flows.ts';
import { useView } from '../app/use-view.ts';
import { sharedPart } from '../app/view.ts';
import { ExportRecords } from '../parts/export-menu.tsx';
import { FlowDrawer } from '../parts/flow-drawer.tsx';
import { FlowList } from '../parts/flow-list.tsx';
import { columnsOf, PRESETS, type Preset } from '../parts/flow-presets.ts';
import { NothingHere } from '../parts/nothing-here.tsx';
import { Panel } from '../parts/panel.tsx';

const NONE_NEW = `No flow record that matches ended in the last ${TAIL_MINUTES} minutes.`;

const ORDERS = {
  '-time': 'newest first',
  time: 'oldest first',
  bytes: 'most bytes first',
  packets: 'most packets first',
  duration: 'longest first',
} as const;

/** Flow records, as they were exported or metered: as many as there are, one page after the other as they are scrolled to. */
export function FlowsPage() {
  const { view, asked, change } = useView();
  const preset = PRESETS.find((p) => p === view.tab) ?? 'network';
  const order = view.order ?? '-time';
  const isTail = view.tail === 'yes';
  const [clicked, setClicked] = useState<FlowRecord | null>(null);
  const [again, setAgain] = useState(0);
  // A range that moves would begin the list anew each time.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when the range or the filter changes or somebody wants it
  const still = useMemo(() => asked, [JSON.stringify(sharedPart(view)), again]);
  const pages = useInfiniteQuery({ ...flowPages(still, order), enabled: !isTail });
  const tail = useQuery({ ...flowTail(still), enabled: isTail });
  const first = (isTail ? tail : { ...pages, data: pages.data?.pages[0] }) as UseQueryResult<Page>;
  const records = useMemo(
    () => (isTail ? (tail.data?.records ?? []) : (pages.data?.pages.flatMap((p) => p.records) ?? [])),
    [isTail, tail.data, pages.data],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  const more = useCallback(() => {
    if (!isTail && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [isTail, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const open = (record: FlowRecord) => {
    setClicked(record);
    change({ flow: nameOf(record) });
  };
  return (
    <Stack gap={8}>
      <Group gap={8} align="end">
        <NativeSelect
          size="xs"
          label="columns"
          value={preset}
          data={[...PRESETS]}
          onChange={({ currentTarget }) => change({ tab: currentTarget.value as Preset })}
        />
        <NativeSelect
          size="xs"
          label="order"
          value={order}
          disabled={isTail}
          data={Object.entries(ORDERS).map(([value, label]) => ({ value, label }))}
          onChange={({ currentTarget }) => change({ order: currentTarget.value })}
        />
        <Switch
          label="live tail"
          checked={isTail}
          onChange={({ currentTarget }) => change({ tail: currentTarget.checked ? 'yes' : undefined })}
        />
        <Button size="xs" variant="default" disabled={isTail} onClick={() => setAgain(again + 1)}>
          Up to now
        </Button>
        <ExportRecords />
      </Group>
      <Panel
        title="Flow records"
        answer={first}
        isEmpty={() => records.length === 0}
        empty={isTail ? NONE_NEW : <NothingHere what="No flow record matches in this range." />}
        right={
          first.data && (
            <Text size="xs" className="number" aria-live="polite">
              {records.length.toLocaleString()} of {numberOf(first.data.total.records).toLocaleString()}
              {isTail && ` of the last ${TAIL_MINUTES} minutes`}
              {isFetchingNextPage ? ', more on the way' : ''}
            </Text>
          )
        }
      >
        {({ columns }) => {
          const names = columnsOf(
            preset,
            columns.map((c) => c.name),
            records,
          );
          return (
            <FlowList
              records={records}
              columns={names.map((name) => columns.find((c) => c.name === name)!)}
              open={open}
              more={more}
            />
          );
        }}
      </Panel>
      {view.flow !== undefined && (
        <FlowDrawer
          name={view.flow}
          known={clicked !== null && nameOf(clicked) === view.flow ? clicked : null}
          columns={first.data?.columns ?? []}
          close={() => change({ flow: undefined })}
        />
      )}
    </Stack>
  );
}

function nameOf(record: FlowRecord): string {
  return formatFlowName(nameOfRecord(record));
}
