import { readContainerName } from './container-name.ts';
import { type MachineName, machineOfUnit } from './machine-name.ts';
import { readableUnit } from './unit-name.ts';

/** What a cgroup's path says of the processes in it; empty what it does not say. */
export interface CgroupNames {
  /** Name of the container, else the first 12 digits of its identifier. */
  readonly container: string;
  readonly vm: string;
  /** Unit of systemd, without its `.service` or `.scope`. */
  readonly unit: string;
}

/** Runtimes call the cgroup of a container by its identifier, with or without their own name around it. */
const CONTAINER =
  /^(?:(?:docker|libpod|crio|cri-containerd|containerd|nerdctl|buildkit)[-:])?(?:conmon-)?([0-9a-f]{64}|[0-9a-f]{32}-\d+)(?:\.scope)?$/;
/** lxc.payload.NAME (4.0 and later), or lxc/NAME. */
const LXC = /(?:^|\/)lxc(?:\.payload\.|\/)([^/]+)/;
/** Scopes and services that hold whatever a user runs: the session says more. */
const UNIT_OF_A_SESSION = /^(?:session-.*\.scope|init\.scope|user@\d+\.service|(?:vte|tmux|screen)-spawn-.*\.scope)$/;

export function namesOfCgroup(path: string): CgroupNames {
  const parts = path.split('/').filter((part) => part !== '');
  const container = containerOf(path, parts);
  const { unit, machine } = unitOf(parts);
  if (machine?.kind === 'container') return { container: container || machine.name, vm: '', unit: '' };
  return { container, vm: machine?.name ?? '', unit: container === '' ? unit : '' };
}

/** The innermost one: containers may run in containers. */
function containerOf(path: string, parts: readonly string[]): string {
  for (let i = parts.length - 1; i >= 0; i--) {
    const id = CONTAINER.exec(parts[i]!)?.[1];
    if (id !== undefined) return readContainerName(id) ?? id.slice(0, 12);
  }
  return LXC.exec(path)?.[1] ?? '';
}

/** A machine has units of its own within its unit; else the innermost unit counts. */
function unitOf(parts: readonly string[]): { unit: string; machine: MachineName | null } {
  const units = parts.filter((part) => /\.(?:service|scope)$/.test(part));
  for (const unit of units) {
    const machine = machineOfUnit(unit);
    if (machine !== null) return { unit: '', machine };
  }
  const inner = units.at(-1);
  return { unit: inner === undefined || UNIT_OF_A_SESSION.test(inner) ? '' : readableUnit(inner), machine: null };
}
