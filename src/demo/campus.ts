import { formatAddress } from '../flow/index.ts';
import type { Random } from './random.ts';

/** An IPv4 address as 32 bits. */
export function ip(a: number, b: number, c: number, d: number): number {
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** The words of an IPv4 address as rows have it (RFC 4291, section 2.5.5.2). */
export function textOf(address: number): string {
  return formatAddress([0, 0, 0xffff, address]);
}

/** Where an address is. `north` has the servers; `dorms` are behind a router that samples; machines of `lab` meter themselves. */
export type Place = 'north' | 'dorms' | 'lab' | 'outside';

/** Prefixes by site, as the configuration of the demo has them. */
export const SITES: Readonly<Record<Exclude<Place, 'outside'>, string>> = {
  north: '10.10.0.0/16',
  dorms: '10.20.0.0/16',
  lab: '10.30.0.0/16',
};
export const HOME = '10.0.0.0/8';
export const SUBNETS: Readonly<Record<string, string>> = {
  servers: '10.10.1.0/24',
  applications: '10.10.2.0/24',
  staff: '10.10.16.0/20',
  residents: '10.20.0.0/20',
  'lab-hosts': '10.30.4.0/24',
};

const PLACES: Readonly<Record<number, Place>> = {
  [ip(10, 10, 0, 0) >>> 16]: 'north',
  [ip(10, 20, 0, 0) >>> 16]: 'dorms',
  [ip(10, 30, 0, 0) >>> 16]: 'lab',
};

export function placeOf(address: number): Place {
  return PLACES[address >>> 16] ?? 'outside';
}

export const isServer = (address: number): boolean => address >>> 8 === 0x0a_0a_01 || address >>> 8 === 0x0a_0a_02;

/** The servers, by what they are for. */
export const SERVER = {
  resolver: ip(10, 10, 1, 53),
  directory: ip(10, 10, 1, 10),
  mail: ip(10, 10, 1, 25),
  web: ip(10, 10, 1, 80),
  vpn: ip(10, 10, 1, 94),
  files: ip(10, 10, 1, 45),
  backup: ip(10, 10, 1, 90),
  monitor: ip(10, 10, 1, 61),
  time: ip(10, 10, 1, 123),
  shell: ip(10, 10, 1, 22),
  database: ip(10, 10, 2, 5),
  application: ip(10, 10, 2, 8),
  wiki: ip(10, 10, 2, 20),
  newWiki: ip(10, 10, 2, 31),
  dashboards: ip(10, 10, 2, 44),
} as const;

/** A machine of the lab, its users, and the name by which its agent calls it. */
export interface LabHost {
  readonly address: number;
  readonly name: string;
  readonly users: readonly string[];
}

/** Who is on the campus. */
export interface Campus {
  readonly staff: readonly number[];
  readonly residents: readonly number[];
  readonly lab: readonly LabHost[];
  readonly byLabAddress: ReadonlyMap<number, LabHost>;
}

const STAFF = 280;
const RESIDENTS = 180;
const LAB = 20;
const USERS = [
  ...['ada', 'alan', 'annie', 'barbara', 'claude', 'dennis', 'donald', 'edsger', 'emmy', 'frances'],
  ...['grace', 'hedy', 'john', 'karen', 'katherine', 'ken', 'leslie', 'margaret', 'radia', 'vint'],
];

/** Clients have addresses as a DHCP server gives them: scattered in their subnet. */
export function campusOf(random: Random): Campus {
  const lab = Array.from({ length: LAB }, (_, i): LabHost => {
    const first = USERS[i % USERS.length]!;
    const second = random.pick(USERS);
    const users = first === second || random.chance(0.6) ? [first] : [first, second];
    return { address: ip(10, 30, 4, 10 + i), name: `lab-${String(i + 1).padStart(2, '0')}`, users };
  });
  return {
    staff: scattered(random, STAFF, ip(10, 10, 16, 0), 4_096),
    residents: scattered(random, RESIDENTS, ip(10, 20, 0, 0), 4_096),
    lab,
    byLabAddress: new Map(lab.map((host) => [host.address, host])),
  };
}

function scattered(random: Random, count: number, first: number, size: number): number[] {
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(first + random.whole(1, size - 2));
  return [...chosen];
}
