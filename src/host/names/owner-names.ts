import { bootMs, type ProcessFacts, UserNames } from '../../system/index.ts';
import type { OwnerName, OwnerNames, SocketOwner } from '../backend/host-backend.ts';
import { UNKNOWN_UID } from '../backend/socket-sweep.ts';
import { appOfProcess } from './app-name.ts';
import { CgroupIds } from './cgroup-ids.ts';
import { type CgroupNames, namesOfCgroup } from './cgroup-names.ts';
import { type KnownProcess, KnownProcesses } from './known-processes.ts';
import { guestOfCommand, isQemu } from './machine-name.ts';
import { processName } from './process-name.ts';
import { ProcessTree } from './process-tree.ts';
import { StartedProcesses } from './started-processes.ts';

/** What nobody saw is taken for the same process for so long. */
const RENAME_MS = 1_000;
/** Owners, and cgroups, whose names are remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 16_384;

interface Remembered {
  readonly name: OwnerName;
  /** Of a process that was looked at: when it was. Of one that nobody saw: when it had the socket. */
  readonly seenMs: number;
}

export interface OwnerNamesOptions {
  readonly proc?: string;
  readonly users?: UserNames;
  readonly cgroups?: CgroupIds;
  readonly started?: StartedProcesses;
  /** The clock by which processes begin; nobody sets it. */
  readonly bootMs?: () => number;
}

/** Names from /proc, the user database and what container runtimes and systemd leave in files; no daemon and no server is asked. */
export class ProcOwnerNames implements OwnerNames {
  private readonly processes: KnownProcesses;
  private readonly tree: ProcessTree;
  private readonly users: UserNames;
  private readonly cgroups: CgroupIds;
  private readonly started: StartedProcesses;
  private readonly now: () => number;
  private readonly owners = new Map<string, Remembered>();
  private readonly byCgroup = new Map<string, CgroupNames>();

  constructor({ proc = '/proc', users, cgroups, started, bootMs: now = bootMs }: OwnerNamesOptions = {}) {
    this.started = started ?? new StartedProcesses(null);
    this.processes = new KnownProcesses(proc, this.started, now);
    this.tree = new ProcessTree(this.processes, this.started);
    this.users = users ?? new UserNames(undefined, now);
    this.cgroups = cgroups ?? new CgroupIds();
    this.now = now;
  }

  follow(): void {
    this.processes.follow();
  }

  get notes(): readonly string[] {
    const { overruns } = this.started;
    if (overruns === 0) return [];
    return [
      `announcements of processes came faster than they were read, ${overruns} times: of those that had ended before anyone looked the program and the parent may be missing`,
    ];
  }

  of(owner: SocketOwner): OwnerName {
    const process = owner.pid > 0 ? this.processes.at(owner.pid, owner.seenMs, owner.comm) : null;
    if (process !== null) return this.ofKnown(process, owner);
    const key = `${owner.pid} ${owner.uid} ${owner.cgroup} ${owner.comm}`;
    const known = this.owners.get(key);
    if (known !== undefined && Math.abs(owner.seenMs - known.seenMs) < RENAME_MS) return known.name;
    return this.keep(key, this.gone(owner), owner.seenMs);
  }

  /** Names are those that it had when it was looked at. */
  private ofKnown({ facts, seenMs }: KnownProcess, owner: SocketOwner): OwnerName {
    const key = `${facts.pid} ${owner.uid} since ${facts.startTicks}`;
    const known = this.owners.get(key);
    return known?.seenMs === seenMs ? known.name : this.keep(key, this.living(facts, owner), seenMs);
  }

  private keep(key: string, name: OwnerName, seenMs: number): OwnerName {
    this.owners.delete(key);
    remember(this.owners, key, { name, seenMs });
    return name;
  }

  private living(facts: ProcessFacts, owner: SocketOwner): OwnerName {
    const { container, vm: machine, unit } = this.namesOf(facts.cgroup);
    const qemu = isQemu(facts.executable, facts.command);
    const guest = qemu ? guestOfCommand(facts.command) : '';
    // Of a QEMU without user networking these are its own flows: a console, a migration.
    const vm = qemu ? guest && (machine || guest) : machine;
    const parent = this.tree.parentOf(facts);
    return {
      process: processName(facts),
      // A process that has ended and that nobody has waited for yet has none any more.
      executable: facts.executable || this.announced(owner).executable,
      parent: parent === null ? '' : processName(parent),
      app: container || machine || unit || guest || appOfProcess(facts, this.tree),
      user: this.users.of(owner.uid === UNKNOWN_UID ? facts.uid : owner.uid),
      container,
      vm,
    };
  }

  /** It ended before anyone looked: what the kernel said of its thread, its user, its cgroup, its program and who started it is left. */
  private gone(owner: SocketOwner): OwnerName {
    const facts = this.announced(owner);
    // What has no cgroup of its own is in that of who started it.
    const path = this.cgroups.pathOf(owner.cgroup, this.now()) || facts.cgroup;
    const { container, vm, unit } = this.namesOf(path);
    const parent = this.tree.parentOf(facts);
    return {
      process: processName(facts),
      executable: facts.executable,
      parent: parent === null ? '' : processName(parent),
      app: container || vm || unit || appOfProcess(facts, this.tree),
      user: owner.uid === UNKNOWN_UID ? '' : this.users.of(owner.uid),
      container,
      vm,
    };
  }

  private announced({ pid, comm, seenMs }: SocketOwner): ProcessFacts {
    const began = this.started.programOf(pid, seenMs);
    const facts = pid > 0 ? this.tree.announced(pid, seenMs) : null;
    if (facts === null) return { ...NOBODY, pid, comm, executable: began };
    // What began no program runs that of who started it, and is still called like it.
    return began !== '' || facts.comm === comm ? { ...facts, comm } : { ...facts, comm, executable: '', command: [] };
  }

  private namesOf(path: string): CgroupNames {
    const known = this.byCgroup.get(path);
    if (known !== undefined) return known;
    const names = namesOfCgroup(path);
    remember(this.byCgroup, path, names);
    return names;
  }
}

function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.set(key, value);
  if (map.size > MAX_REMEMBERED) map.delete(map.keys().next().value!);
}

/** Nothing is known of it. */
const NOBODY: ProcessFacts = {
  pid: 0,
  comm: '',
  executable: '',
  command: [],
  parent: 0,
  group: 0,
  session: 0,
  terminal: false,
  startTicks: 0,
  uid: 0,
  cgroup: '',
};
