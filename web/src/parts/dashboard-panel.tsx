import { Alert, Box, Button, Group, NativeSelect, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { SavedView } from '../../../src/server/index.ts';
import { ofHost } from '../app/conditions.ts';
import { ShownView, useSearchedView, Within } from '../app/use-view.ts';
import { readView, type View, withCondition } from '../app/view.ts';
import { viewWords } from '../app/view-words.ts';
import { Explored } from './explored.tsx';
import { FlowGraph } from './flow-graph.tsx';

const HEIGHT = 240;
const WIDTHS = ['a third', 'two thirds', 'all'];

const HostsPage = lazy(async () => ({ default: (await import('../pages/reports.tsx')).HostsPage }));
const ApplicationsPage = lazy(async () => ({ default: (await import('../pages/reports.tsx')).ApplicationsPage }));
const NetworksPage = lazy(async () => ({ default: (await import('../pages/reports.tsx')).NetworksPage }));
const QualityPage = lazy(async () => ({ default: (await import('../pages/reports.tsx')).QualityPage }));

/** What is shown of each page. */
const SHOWN: Readonly<Record<string, () => React.ReactNode>> = {
  '/': () => <FlowGraph />,
  '/explore': () => <Explored height={HEIGHT} />,
  '/hosts': () => <HostsPage />,
  '/applications': () => <ApplicationsPage />,
  '/networks': () => <NetworksPage />,
  '/quality': () => <QualityPage />,
};
const HOST = /^\/host\/([^/?]+)$/;

/** Whether a page has a place on dashboards: lists of flows and settings have none. */
export function isShownOnDashboards(page: string): boolean {
  return Object.hasOwn(SHOWN, page) || HOST.test(page);
}

/** Of a host its traffic. */
function shownOf(page: string): React.ReactNode {
  const host = HOST.exec(page)?.[1];
  if (host === undefined) return Object.hasOwn(SHOWN, page) ? SHOWN[page]!() : null;
  return (
    <Within value={ofHost(decodeURIComponent(host))}>
      <FlowGraph />
    </Within>
  );
}

interface PanelEdit {
  /** Absent where there is nothing before, or after it. */
  readonly earlier?: () => void;
  readonly later?: () => void;
  readonly widen: (width: number) => void;
  readonly remove: () => void;
}

interface DashboardPanelProps {
  /** Undefined where it was deleted, or is not shared with who looks. */
  readonly saved: SavedView | undefined;
  /** Thirds of the page. */
  readonly width: number;
  readonly edit: PanelEdit | false;
}

/** One saved view on a dashboard. A range in the address of the dashboard is that of all of them, a filter one condition more for each. */
export function DashboardPanel({ saved, width, edit }: DashboardPanelProps) {
  const page = useSearchedView();
  const name = saved?.name ?? 'a view that is gone';
  return (
    <Box className="dashboard-panel" data-width={width} component="section" aria-label={name}>
      <Group gap={4} px={2} justify="space-between">
        {saved === undefined ? (
          <Text size="sm">{name}</Text>
        ) : (
          <Text component="div" size="sm" className="value">
            <Link to={saved.page as '/'} search={viewOf(saved, page)}>
              {name}
            </Link>{' '}
            <Text span size="xs" c="dimmed">
              {viewWords(viewOf(saved, page))}
            </Text>
          </Text>
        )}
        {edit && <Edit name={name} width={width} {...edit} />}
      </Group>
      {saved === undefined ? (
        <Alert color="gray">It was deleted, or its owner shares it no longer.</Alert>
      ) : (
        <ShownView.Provider value={{ page: saved.page, view: viewOf(saved, page) }}>
          <Suspense fallback={null}>
            {shownOf(saved.page) ?? <Text size="sm">It is seen on its own page.</Text>}
          </Suspense>
        </ShownView.Provider>
      )}
    </Box>
  );
}

function viewOf({ state }: SavedView, { last, from, to, filter }: View): View {
  const own = readView(state);
  const { last: _, from: __, to: ___, ...rest } = own;
  const range = last !== undefined ? { last } : from !== undefined && to !== undefined ? { from, to } : null;
  return {
    ...(range === null ? own : { ...rest, ...range }),
    ...(filter === undefined ? {} : { filter: withCondition(own.filter, filter) }),
  };
}

function Edit({ name, width, earlier, later, widen, remove }: PanelEdit & { name: string; width: number }) {
  const act = (words: string, shown: string, done: (() => void) | undefined) => (
    <Button
      size="compact-xs"
      variant="default"
      aria-label={`${words}: ${name}`}
      disabled={done === undefined}
      onClick={done}
    >
      {shown}
    </Button>
  );
  return (
    <Group gap={4}>
      {act('Earlier', '‹', earlier)}
      {act('Later', '›', later)}
      <NativeSelect
        size="xs"
        aria-label={`Width: ${name}`}
        value={String(width)}
        data={WIDTHS.map((label, i) => ({ value: String(i + 1), label }))}
        onChange={({ currentTarget }) => widen(Number(currentTarget.value))}
      />
      {act('Remove', '×', remove)}
    </Group>
  );
}
