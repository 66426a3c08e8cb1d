import { findTapHolders, readProcess } from '../../system/index.ts';
import { namesOfCgroup } from '../names/cgroup-names.ts';
import { guestOfQemu, isQemu, machineOfInterface } from '../names/machine-name.ts';
import { processName } from '../names/process-name.ts';
import { cutName } from '../names/used-words.ts';
import type { GuestInterface } from './guest-interfaces.ts';

/** From what a guest has its name; `interface`: nobody said one. */
type NamedBy = 'configuration' | 'machined' | 'process' | 'interface';

export interface GuestName {
  readonly name: string;
  readonly by: NamedBy;
  /** The program that holds the other side of the tap, and is known to be no guest; null where it may be one. */
  readonly notGuest: string | null;
}

/** Programs that make a tap into a network of their own: behind it are no guests of this host. */
const NO_GUESTS = /^(?:openvpn|tincd|zerotier-one|edge|supernode|vpnclient|vpnserver|vpnbridge|openconnect|vtund)$/;

type Holders = () => ReadonlyMap<string, readonly number[]>;

/** What configuration says, then systemd-machined, then the process that holds the tap; `holders` looks through all processes, and is asked last. */
export function nameGuest(
  { name, index, configured }: Pick<GuestInterface, 'name' | 'index' | 'configured'>,
  holders: Holders = findTapHolders,
  machines?: string,
): GuestName {
  if (configured !== null) return { name: configured, by: 'configuration', notGuest: null };
  const machine = machineOfInterface(index, machines);
  if (machine !== null) return { name: machine, by: 'machined', notGuest: null };
  return nameByHolder(name, holders().get(name) ?? []);
}

function nameByHolder(name: string, pids: readonly number[]): GuestName {
  let notGuest: string | null = null;
  for (const pid of pids) {
    const facts = readProcess(pid);
    if (facts === null) continue;
    const guest = namesOfCgroup(facts.cgroup).vm || guestOfCommand(facts.executable, facts.command);
    if (guest !== '') return { name: cutName(guest), by: 'process', notGuest: null };
    const program = processName(facts);
    if (NO_GUESTS.test(program)) notGuest = program;
  }
  return { name, by: 'interface', notGuest };
}

function guestOfCommand(executable: string, command: readonly string[]): string {
  if (isQemu(executable, command)) return guestOfQemu(command);
  if (!/(?:^|\/)firecracker$/.test(executable)) return '';
  const at = command.indexOf('--id');
  return at < 0 ? '' : (command[at + 1] ?? '');
}
