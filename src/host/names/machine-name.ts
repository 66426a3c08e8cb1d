import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { procText } from '../../system/index.ts';
import { unescapeUnit } from './unit-name.ts';

/** A machine that systemd-machined knows, or whose unit says what it is. */
export interface MachineName {
  readonly kind: 'vm' | 'container';
  readonly name: string;
}

/**
 * Which machine a unit is; null when it is none. systemd-machined keeps a file for each machine and a link for its unit (systemd source,
 * src/machine/machine.c); libvirt and systemd-nspawn name their units after it.
 */
export function machineOfUnit(unit: string, machines = '/run/systemd/machines'): MachineName | null {
  const registered = readMachine(unit, machines);
  if (registered !== null) return registered;
  const nspawn = /^systemd-nspawn@(.+)\.service$/.exec(unit)?.[1];
  if (nspawn !== undefined) return { kind: 'container', name: unescapeUnit(nspawn) };
  const scope = /^machine-(.+)\.scope$/.exec(unit)?.[1];
  if (scope === undefined) return null;
  const name = unescapeUnit(scope);
  return ofLibvirt(name) ?? { kind: 'container', name };
}

/** libvirt: qemu-3-NAME, lxc-4711-NAME. */
function ofLibvirt(name: string): MachineName | null {
  const [, driver, machine] = /^(qemu|lxc)-\d+-(.+)$/.exec(name) ?? [];
  return machine === undefined ? null : { kind: driver === 'qemu' ? 'vm' : 'container', name: machine };
}

/** Which machine has the interface of this index on its other side, as it told systemd-machined; null where none did (NETIF, src/machine/machine.c). */
export function machineOfInterface(index: number, machines = '/run/systemd/machines'): string | null {
  let files: string[];
  try {
    files = readdirSync(machines).filter((name) => !name.startsWith('unit:'));
  } catch {
    return null;
  }
  const name = files.find((file) => {
    const indexes = /^NETIF=(.*)$/m.exec(procText(`${machines}/${file}`))?.[1] ?? '';
    return indexes.split(' ').includes(String(index));
  });
  return name === undefined ? null : (ofLibvirt(name)?.name ?? name);
}

function readMachine(unit: string, machines: string): MachineName | null {
  try {
    const name = readlinkSync(`${machines}/unit:${unit}`);
    const kind = /^CLASS=(\w+)$/m.exec(readFileSync(`${machines}/${name}`, 'utf8'))?.[1];
    return { kind: kind === 'vm' ? 'vm' : 'container', name };
  } catch {
    return null;
  }
}

export function isQemu(executable: string, command: readonly string[]): boolean {
  const program = (executable || (command[0] ?? '')).split('/').at(-1)!;
  return /^(?:qemu-system-.+|qemu-kvm|kvm)$/.test(program);
}

/** The guest of a QEMU whose user networking opens sockets of this host for it; empty where its packets go another way. */
export function guestOfCommand(command: readonly string[]): string {
  return hasUserNetworking(command) ? guestOfQemu(command) : '';
}

/** What a QEMU calls its guest (`-name`), else its identifier, else the program. */
export function guestOfQemu(command: readonly string[]): string {
  const value = optionsOf(command, 'name')[0];
  const name = value === undefined ? undefined : nameOf(value);
  return name || optionsOf(command, 'uuid')[0] || (command[0] ?? '').split('/').at(-1)!;
}

export const NETWORK_OPTIONS: readonly string[] = ['netdev', 'nic', 'net'];

/** A QEMU that is told nothing of networks has a network of this kind (qemu(1), -nic). */
function hasUserNetworking(command: readonly string[]): boolean {
  const networks = NETWORK_OPTIONS.flatMap((option) => optionsOf(command, option));
  if (networks.length === 0) return !optionsGiven(command, 'nodefaults');
  return networks.some(isUserNetwork);
}

export function isUserNetwork(value: string): boolean {
  return /^(?:type=)?user(?:,|$)/.test(value);
}

/** Options of QEMU may have one dash or two. */
function optionsOf(command: readonly string[], option: string): string[] {
  return command.filter((_, i) => i > 0 && isOption(command[i - 1]!, option));
}

function optionsGiven(command: readonly string[], option: string): boolean {
  return command.some((word) => isOption(word, option));
}

export function isOption(word: string, option: string): boolean {
  return word === `-${option}` || word === `--${option}`;
}

/** `web`, or `guest=web,process=...`; a comma inside a value is written twice. */
function nameOf(value: string): string | undefined {
  const parts = value.replaceAll(',,', '\0').split(',');
  const guest = parts.find((part) => part.startsWith('guest='))?.slice(6) ?? parts.find((part) => !part.includes('='));
  return guest?.replaceAll('\0', ',');
}
