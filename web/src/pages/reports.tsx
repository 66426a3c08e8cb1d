import { Stack, Tabs, Text } from '@mantine/core';
import { type ReactNode, useContext, useEffect, useMemo } from 'react';
import { ShownView, useView, Within } from '../app/use-view.ts';
import { Findings } from '../parts/findings.tsx';
import { InterfacesPanel } from '../parts/interfaces-panel.tsx';
import { OtherSideGraph } from '../parts/other-side-graph.tsx';
import { ReportPanel } from '../parts/report-panel.tsx';
import { TimePanel } from '../parts/time-panel.tsx';

/** A tab: the report that the API has by this name, and what is drawn above it over time. */
interface Tab {
  readonly title: string;
  readonly graph?: string;
  /** What the graph is of, where most flows have no value: else "not known" would be all that is seen. */
  readonly where?: string;
  /** No report is about it: the graph has a table instead. */
  readonly hasTable?: true;
  /** A graph of a kind of its own. */
  readonly drawn?: (height: number) => ReactNode;
  /** Graph and report of a kind of its own. */
  readonly shown?: (height: number) => ReactNode;
  /** What stands above where a filter is set that does not hold for the report. */
  readonly unfiltered?: string;
}
type TabsOfPage = Readonly<Record<string, Tab>>;

const HOSTS: TabsOfPage = {
  talkers: { title: 'Talkers', graph: 'src_addr' },
  roles: { title: 'Roles' },
  servers: { title: 'Servers', graph: 'server_addr' },
  pairs: { title: 'Pairs' },
  processes: { title: 'Processes', graph: 'process', where: 'process != ""' },
  users: { title: 'Users', graph: 'user', where: 'user != ""' },
  apps: { title: 'Apps', graph: 'app', where: 'app != ""' },
};

const APPLICATIONS: TabsOfPage = {
  applications: { title: 'Applications', graph: 'application' },
  categories: { title: 'Categories', graph: 'category' },
  ports: { title: 'Ports', graph: 'service_port' },
  protocols: { title: 'Protocols', graph: 'protocol' },
  security: { title: 'Security', graph: 'security', where: 'security != unknown' },
  opaque: { title: 'What cannot be seen' },
};

const NETWORKS: TabsOfPage = {
  sites: { title: 'Sites', graph: 'site' },
  subnets: { title: 'Subnets', graph: 'subnet', hasTable: true },
  as: { title: 'Systems', drawn: (height) => <OtherSideGraph of="as" height={height} /> },
  'as-pairs': { title: 'Pairs of systems' },
  peering: { title: 'Peering', graph: 'dst_peer_as', where: 'dst_peer_as != 0' },
  countries: { title: 'Countries', drawn: (height) => <OtherSideGraph of="country" height={height} /> },
  interfaces: { title: 'Interfaces', shown: (height) => <InterfacesPanel height={height} /> },
  blocklist: { title: 'Block lists', graph: 'blocklist', where: 'blocklist != ""' },
};

export const HostsPage = () => <ReportsPage tabs={HOSTS} />;
export const ApplicationsPage = () => <ReportsPage tabs={APPLICATIONS} />;
export const QualityPage = () => <ReportsPage tabs={QUALITY} above={<Findings />} />;
export const NetworksPage = () => <ReportsPage tabs={NETWORKS} />;

const GRAPH_HEIGHT = 220;
const GRAPH_TOP = 8;

const QUALITY: TabsOfPage = {
  'data-quality': {
    title: 'Sources',
    unfiltered: 'The filter does not hold here: what a source is worth is judged by all that it sent.',
  },
  exporters: { title: 'Export streams' },
  summary: { title: 'Summary' },
  cost: { title: 'Cost of metering' },
};

/** Reports that belong together, one at a time; which one is in the address. */
function ReportsPage({ tabs, above }: { tabs: TabsOfPage; above?: ReactNode }) {
  const { view, change } = useView();
  const shown = view.tab !== undefined && Object.hasOwn(tabs, view.tab) ? view.tab : Object.keys(tabs)[0]!;
  const isFirst = shown === Object.keys(tabs)[0];
  const { graph, where = '', hasTable, unfiltered, drawn, shown: own } = tabs[shown]!;
  const onDashboard = useContext(ShownView) !== null;
  const content = (
    <Stack gap={8}>
      {isFirst && !onDashboard && above}
      {graph !== undefined && (
        <Within value={where}>
          <TopGraph key={shown} by={graph} hasTable={hasTable} isPart={where !== ''} />
        </Within>
      )}
      {unfiltered !== undefined && view.filter !== undefined && (
        <Text size="sm" role="note">
          {unfiltered}
        </Text>
      )}
      {drawn?.(GRAPH_HEIGHT)}
      {own?.(GRAPH_HEIGHT)}
      {!hasTable && own === undefined && <ReportPanel key={shown} name={shown} />}
    </Stack>
  );
  useEffect(() => {
    // On a telephone the chosen one may be beyond the edge.
    if (!onDashboard)
      document.querySelector(`[role="tab"][data-active]`)?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [onDashboard]);
  // A saved view is of one tab.
  if (onDashboard) return content;
  return (
    <Tabs value={shown} onChange={(tab) => change({ tab: tab ?? shown })}>
      <Tabs.List style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
        {Object.entries(tabs).map(([name, { title }]) => (
          <Tabs.Tab key={name} value={name}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={shown} pt={8}>
        {content}
      </Tabs.Panel>
    </Tabs>
  );
}

/** The largest groups over time. */
function TopGraph({ by, hasTable = false, isPart }: { by: string; hasTable?: boolean | undefined; isPart: boolean }) {
  const dimensions = useMemo(() => by.split(','), [by]);
  return (
    <TimePanel
      title={`b/s by ${dimensions.join(', ')}${isPart ? ', where one is known' : ''}`}
      dimensions={dimensions}
      metric="bps"
      top={GRAPH_TOP}
      kind="stacked"
      height={GRAPH_HEIGHT}
      hasTable={hasTable}
    />
  );
}
