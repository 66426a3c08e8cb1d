import { Stack, Tabs } from '@mantine/core';
import { useView } from '../app/use-view.ts';
import { ReportPanel } from '../parts/report-panel.tsx';

/** The reports of a page, by the name that the API has for them. */
export const REPORT_PAGES = {
  hosts: {
    talkers: 'Talkers',
    pairs: 'Pairs',
    roles: 'Roles',
    servers: 'Servers',
    processes: 'Processes',
    users: 'Users',
    apps: 'Apps',
  },
  applications: {
    applications: 'Applications',
    categories: 'Categories',
    ports: 'Ports',
    protocols: 'Protocols',
    security: 'Security',
  },
  networks: {
    ...{ sites: 'Sites', as: 'Systems', 'as-pairs': 'Pairs of systems', peering: 'Peering' },
    ...{ countries: 'Countries', interfaces: 'Interfaces', blocklist: 'Block lists' },
  },
  quality: { exporters: 'Exporters', summary: 'Summary', opaque: 'What cannot be seen', cost: 'Cost of metering' },
} as const satisfies Record<string, Record<string, string>>;

/** Reports that belong together, one at a time; which one is in the address. */
export function ReportsPage({ page }: { page: keyof typeof REPORT_PAGES }) {
  const reports: Readonly<Record<string, string>> = REPORT_PAGES[page];
  const { view, change } = useView();
  const shown = view.tab !== undefined && view.tab in reports ? view.tab : Object.keys(reports)[0]!;
  return (
    <Stack gap={8}>
      <Tabs value={shown} onChange={(tab) => change({ tab: tab ?? shown })}>
        <Tabs.List style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
          {Object.entries(reports).map(([name, title]) => (
            <Tabs.Tab key={name} value={name}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={shown} pt={8}>
          <ReportPanel key={shown} name={shown} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
