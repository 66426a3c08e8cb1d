import { Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { bytes, minuteText, short } from '../../../src/chart/index.ts';
import { listOf } from '../api/access.ts';
import { health, type StoreLevel } from '../api/answers.ts';
import { AccessList } from './access-list.tsx';
import { DocLink } from './doc-link.tsx';

interface Setting {
  readonly name: string;
  readonly value: string;
  /** Key of the file, variable or flag; null: it is the default. */
  readonly set_by: string | null;
  readonly meaning: string;
}

interface Site {
  readonly prefixes: readonly string[];
  readonly exporters: readonly string[];
  readonly vlans: number;
}

interface SettingsAnswer {
  readonly settings: readonly Setting[];
  readonly networks: {
    readonly home: readonly string[];
    readonly sites: Readonly<Record<string, Site>>;
    readonly subnets: Readonly<Record<string, readonly string[]>>;
  };
}

const settings = () => listOf<SettingsAnswer>('settings');

/** What the node takes for its own network. It is told in the file of settings and read when the node starts. */
export function NetworkSettings() {
  const { data, error } = useQuery(settings());
  const { home = [], sites = {}, subnets = {} } = data?.networks ?? {};
  const siteRows = Object.entries(sites).map(([name, { prefixes, exporters, vlans }]) => ({
    key: name,
    cells: [name, prefixes.join(', '), exporters.join(', '), vlans === 0 ? '' : String(vlans)],
  }));
  const subnetRows = Object.entries(subnets).map(([name, prefixes]) => ({
    key: name,
    cells: [name, prefixes.join(', ')],
  }));
  return (
    <Stack gap={8}>
      <Text size="sm">
        {data !== undefined &&
          (home.length === 0
            ? 'The node was not told what is home: nothing has a direction, and hosts here are not counted. '
            : `Home: ${home.join(', ')}. `)}
        They stand in the file of settings as <code>home</code>, <code>sites</code> and <code>subnets</code>, and are
        read when the node starts. <DocLink page="how-to/home-and-sites">How, and what they change</DocLink>
      </Text>
      <AccessList
        name="Sites"
        titles={['Site', 'Prefixes', 'Exporters', 'VLANs']}
        rows={siteRows}
        error={error}
        empty="No site is set."
      />
      {error === null && (
        <AccessList
          name="Subnets"
          titles={['Subnet', 'Prefixes']}
          rows={subnetRows}
          error={null}
          empty="No subnet is set."
        />
      )}
    </Stack>
  );
}

const LEVELS: Readonly<Record<string, string>> = {
  raw: 'records',
  '1m': 'history by the minute',
  '5m': 'history by five minutes',
  '1h': 'history by the hour',
  '1d': 'history by the day',
  ledger: 'what was lost, and when',
  journal: 'what is not in a segment yet',
};
const DAY_MS = 86_400_000;

/** How long each part of the store is kept, the disk that it takes, and what it will take. */
export function RetentionSettings() {
  const { data, error } = useQuery(health());
  const { data: answer } = useQuery(settings());
  const levels = data?.store.levels ?? [];
  const value = (name: string) => answer?.settings.find((s) => s.name === name)?.value ?? '';
  const isTold =
    levels.length > 0 && levels.every(({ level, at_full_age }) => level === 'journal' || at_full_age !== null);
  const sum = (of: (level: StoreLevel) => number | null) => levels.reduce((all, level) => all + (of(level) ?? 0), 0);
  const limit = /^\d+$/.test(value('retention_bytes')) ? bytes(Number(value('retention_bytes'))) : 'the disk has';
  const free = value('free_space');
  return (
    <Stack gap={8}>
      <Text size="sm">
        All of it never takes more than {limit} (<code>retention_bytes</code>)
        {free === 'none' || free === '' ? '' : `, and leaves ${free} of the disk free`}. Now it takes{' '}
        {bytes(sum((l) => l.bytes))}
        {isTold ? `, and ${bytes(sum((l) => l.at_full_age ?? l.bytes))} at full age.` : '.'} An age is set by{' '}
        <code>retention_age</code>, <code>retention_1m_age</code> and so on, and read when the node starts.{' '}
        <DocLink page="how-to/size-a-machine">Size a machine</DocLink>
      </Text>
      <AccessList
        name="Retention"
        titles={[
          'Part',
          'Takes now',
          'Oldest flow',
          'Newest flow',
          'A day',
          'Kept for',
          'At most',
          'At full age',
          'Cut by the bound',
        ]}
        rows={levels.map((level) => ({ key: level.level, cells: levelCells(level) }))}
        error={error}
        empty="Nothing is stored yet."
      />
    </Stack>
  );
}

function levelCells({
  level,
  rows,
  oldest_flow,
  newest_flow,
  age_ms,
  byte_limit,
  cut_bytes,
  ...of
}: StoreLevel): readonly string[] {
  const size = (n: number | null) => (n === null ? '' : bytes(n));
  return [
    LEVELS[level] ?? level,
    `${bytes(of.bytes)}${rows === null ? '' : ` in ${short(rows).trim()} rows`}`,
    oldest_flow === null ? '' : minuteText(oldest_flow),
    newest_flow === null ? '' : minuteText(newest_flow),
    size(of.bytes_a_day),
    age_ms === null ? (level === 'journal' ? '' : 'for good') : `${Math.round((10 * age_ms) / DAY_MS) / 10} days`,
    size(byte_limit),
    of.at_full_age === null && level !== 'journal' ? 'not known yet' : size(of.at_full_age),
    cut_bytes === 0 ? '' : bytes(cut_bytes),
  ];
}

/** Every setting, with where it was set. */
export function AllSettings() {
  const { data, error } = useQuery(settings());
  return (
    <Stack gap={8}>
      <Text size="sm">
        What the node read when it started: a flag beats a variable, a variable the file, the file the default.{' '}
        <DocLink page="reference/configuration">All settings</DocLink>
      </Text>
      <AccessList
        name="Settings"
        titles={['Setting', 'Value', 'Set by']}
        rows={(data?.settings ?? []).map(({ name, value, set_by, meaning }) => ({
          key: name,
          cells: [
            <span key="name">
              <code>{name}</code>
              <Text size="xs" c="dimmed" maw={420}>
                {meaning}
              </Text>
            </span>,
            value,
            set_by ?? 'default',
          ],
        }))}
        error={error}
        empty="They are on their way."
      />
    </Stack>
  );
}
