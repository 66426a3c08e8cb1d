import type { ExporterGuide, HabitualDoor, Target } from './exporter-guide.ts';
import { FIREWALL_GUIDES } from './firewall-guides.ts';
import { ROUTER_GUIDES } from './router-guides.ts';
import { LINUX_GUIDES } from './software-guides.ts';

/** The ports that are open for datagrams; absent where it is closed. */
export type OpenDoors = Readonly<Partial<Record<HabitualDoor, number>>>;

export interface ExporterLines extends Omit<ExporterGuide, 'ways'> {
  readonly ways: readonly {
    readonly title: string;
    /** Commands as they are typed, or what is to be done. */
    readonly text: string;
    readonly isSteps: boolean;
    readonly port: number;
  }[];
}

const DOORS: readonly HabitualDoor[] = ['netflow', 'ipfix', 'sflow'];

/**
 * What each kind of exporter must be told to send to this node, at an address of it: the page for adding data shows it, and docs/how-to/point-a-router.md
 * has it too. Each port takes every format, so that another stands in for one that is closed; empty where all are.
 */
export function exporterLines(address: string, doors: OpenDoors): ExporterLines[] {
  const any = DOORS.map((door) => doors[door]).find((port) => port !== undefined);
  if (any === undefined) return [];
  const guides = [...LINUX_GUIDES, ...ROUTER_GUIDES, ...FIREWALL_GUIDES];
  return guides
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .map(({ ways, ...guide }) => ({
      ...guide,
      ways: ways.map(({ title, door, text, isSteps = false }) => {
        const port = doors[door] ?? any;
        return { title, isSteps, port, text: text(targetOf(address, port)) };
      }),
    }));
}

function targetOf(address: string, port: number): Target {
  return { address, port, hostPort: `${address.includes(':') ? `[${address}]` : address}:${port}` };
}
