import { DocLink } from './doc-link.tsx';

interface Next {
  /** What a report is made of, where not every flow has it. */
  readonly needs?: string;
  /** Which of its tables is empty then, where that is not the first: others count from nothing as well. */
  readonly main?: number;
  /** The page of the documentation that says how it comes, and its title. */
  readonly page: string;
  readonly title: string;
}

const HOSTS: Next = {
  needs: 'Processes and users are known of machines that are metered themselves: by this node, or by an agent.',
  page: 'how-to/host',
  title: 'Meter this machine',
};
const PLACES: Next = {
  needs: 'Systems and countries come from the data of bundled_data and as_data, or from exporters that know routes.',
  page: 'how-to/networks-and-places',
  title: 'Know networks and places',
};
const FLOWS: Next = { page: 'how-to/point-a-router', title: 'Point a router at Weir' };

const NEXT: Readonly<Record<string, Next>> = {
  servers: { ...HOSTS, needs: 'Whether a server answered is known of machines that are metered themselves.', main: 2 },
  processes: HOSTS,
  users: HOSTS,
  apps: HOSTS,
  as: PLACES,
  'as-pairs': PLACES,
  countries: PLACES,
  peering: {
    needs: 'Adjacent systems are told by routers that have BGP and export the AS numbers of their neighbours.',
    page: 'how-to/see-who-is-behind-traffic',
    title: 'See who is behind traffic',
  },
  interfaces: {
    needs: 'Interfaces are those of routers and switches; this machine and captures have none.',
    ...FLOWS,
  },
  blocklist: {
    needs: 'Addresses are looked up in the lists that blocklists names in weir.yaml.',
    main: 1,
    page: 'how-to/block-lists',
    title: 'Mark flows of addresses that are on block lists',
  },
  security: {
    needs: 'What payload shows is known where packets are metered.',
    page: 'how-to/capture-a-mirror-port',
    title: 'Capture a mirror port',
  },
};

/** Of the tables of a report, the one without which the others say little. */
export const mainTable = (report: string): number => NEXT[report]?.main ?? 0;

/** What stands where a report has no line: what it is made of, and how that comes. */
export function NothingOf({ report }: { report: string }) {
  const { needs, page, title } = NEXT[report] ?? FLOWS;
  return (
    <>
      Where nothing is shown: choose a longer range, or another filter. {needs ?? 'Where flows never came:'}{' '}
      <DocLink page={page}>{title}</DocLink>
    </>
  );
}

/** Beside what is known of no place: how more comes to be. */
export function WherePlacesComeFrom() {
  return (
    <>
      {PLACES.needs} <DocLink page={PLACES.page}>{PLACES.title}</DocLink>
    </>
  );
}
