import { type Clock, systemClock } from '../../base/index.ts';
import { type ProcessFacts, UserNames } from '../../system/index.ts';
import type { OwnerName, OwnerNames, SocketOwner } from '../backend/host-backend.ts';
import { UNKNOWN_UID } from '../backend/socket-sweep.ts';
import { appOfProcess } from './app-name.ts';
import { CgroupIds } from './cgroup-ids.ts';
import { type CgroupNames, namesOfCgroup } from './cgroup-names.ts';
import { KnownProcesses } from './known-processes.ts';
import { guestOfCommand, isQemu } from './machine-name.ts';
import { lastPart, processName } from './process-name.ts';
import { StartedProcesses } from './started-processes.ts';

/** Names are made anew after this time: a process may have become another program. */
const RENAME_MS = 1_000;
/** Owners, and cgroups, whose names are remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 16_384;

/** Chains of processes that are gone are not followed further. */
const MAX_DEPTH = 64;

interface Remembered {
  readonly name: OwnerName;
  /** Of the process; null where it was gone before it was looked at. */
  readonly startTicks: number | null;
  readonly madeMs: number;
}

export interface OwnerNamesOptions {
  readonly proc?: string;
  readonly users?: UserNames;
  readonly cgroups?: CgroupIds;
  readonly started?: StartedProcesses;
  readonly clock?: Clock;
}

/** Names from /proc, the user database and what container runtimes and systemd leave in files; no daemon and no server is asked. */
export class ProcOwnerNames implements OwnerNames {
  private readonly processes: KnownProcesses;
  private readonly users: UserNames;
  private readonly cgroups: CgroupIds;
  private readonly started: StartedProcesses;
  private readonly clock: Clock;
  private readonly owners = new Map<string, Remembered>();
  private readonly byCgroup = new Map<string, CgroupNames>();

  constructor({ proc = '/proc', users, cgroups, started, clock = systemClock }: OwnerNamesOptions = {}) {
    this.processes = new KnownProcesses(proc);
    this.users = users ?? new UserNames(undefined, clock);
    this.cgroups = cgroups ?? new CgroupIds();
    this.started = started ?? new StartedProcesses(null);
    this.clock = clock;
  }

  follow(): void {
    this.started.follow();
  }

  of(owner: SocketOwner): OwnerName {
    const nowMs = this.clock.now();
    const key = `${owner.pid} ${owner.uid} ${owner.cgroup} ${owner.comm}`;
    const known = this.owners.get(key);
    if (known !== undefined && Math.abs(nowMs - known.madeMs) < RENAME_MS) return known.name;
    const made = this.make(owner, known, nowMs);
    this.owners.delete(key);
    remember(this.owners, key, made);
    return made.name;
  }

  private make(owner: SocketOwner, known: Remembered | undefined, nowMs: number): Remembered {
    const facts = owner.pid > 0 ? this.processes.get(owner.pid, nowMs) : null;
    const start = known?.startTicks ?? null;
    // A socket that is closed already was that of the process which was seen with it, not of one that has its pid now.
    const before =
      known !== undefined && start !== null && (facts === null || (owner.released && facts.startTicks !== start));
    if (before) return { ...known, madeMs: nowMs };
    if (facts === null || !mayBe(facts, owner))
      return { name: this.gone(owner, nowMs), startTicks: null, madeMs: nowMs };
    return { name: this.living(facts, owner, nowMs), startTicks: facts.startTicks, madeMs: nowMs };
  }

  private living(facts: ProcessFacts, owner: SocketOwner, nowMs: number): OwnerName {
    const { container, vm: machine, unit } = this.namesOf(facts.cgroup);
    const qemu = isQemu(facts.executable, facts.command);
    const guest = qemu ? guestOfCommand(facts.command) : '';
    // Of a QEMU without user networking these are its own flows: a console, a migration.
    const vm = qemu ? guest && (machine || guest) : machine;
    const parent = facts.parent > 0 ? this.processes.get(facts.parent, nowMs) : null;
    return {
      process: processName(facts),
      executable: facts.executable,
      parent: parent === null ? '' : processName(parent),
      app: container || machine || unit || guest || appOfProcess(facts, this.processes, nowMs),
      user: this.users.of(owner.uid === UNKNOWN_UID ? facts.uid : owner.uid),
      container,
      vm,
    };
  }

  /** It ended before anyone looked: what the kernel said of its thread, its user, its cgroup, its program and who started it is left. */
  private gone(owner: SocketOwner, nowMs: number): OwnerName {
    const { started } = this;
    const starter = started.parentOf(owner.pid);
    const parent = starter > 0 ? this.processes.get(starter, nowMs) : null;
    const ancestor = parent ?? this.knownAncestor(starter, nowMs);
    // What has no cgroup of its own is in that of who started it.
    const { container, vm, unit } = this.namesOf(this.cgroups.pathOf(owner.cgroup, nowMs) || (ancestor?.cgroup ?? ''));
    const executable = this.programOfGone(owner, nowMs);
    return {
      process: processName({ comm: owner.comm, executable, command: [] }),
      executable,
      parent: parent === null ? lastPart(started.programOf(starter)) : processName(parent),
      app: container || vm || unit || (ancestor === null ? owner.comm : this.appBelow(ancestor, owner, nowMs)),
      user: owner.uid === UNKNOWN_UID ? '' : this.users.of(owner.uid),
      container,
      vm,
    };
  }

  /** What began no program runs that of who started it, and is still called like it. */
  private programOfGone({ pid, comm }: SocketOwner, nowMs: number): string {
    const { started } = this;
    let at = pid;
    for (let depth = 0; depth < MAX_DEPTH && started.isCopy(at); depth++) {
      at = started.parentOf(at);
      const facts = this.processes.get(at, nowMs);
      if (facts !== null) return facts.comm === comm ? facts.executable : '';
    }
    const path = started.programOf(at);
    return at === pid || lastPart(path).startsWith(comm) ? path : '';
  }

  /** Those in between are gone as well. */
  private knownAncestor(pid: number, nowMs: number): ProcessFacts | null {
    let at = pid;
    for (let depth = 0; depth < MAX_DEPTH && at > 0; depth++) {
      const facts = this.processes.get(at, nowMs);
      if (facts !== null) return facts;
      at = this.started.parentOf(at);
    }
    return null;
  }

  /** As if it were a child of the ancestor, which it was, or a grandchild. */
  private appBelow(ancestor: ProcessFacts, { pid, comm }: SocketOwner, nowMs: number): string {
    const child = { ...ancestor, pid, comm, executable: '', command: [], parent: ancestor.pid };
    return appOfProcess(child, this.processes, nowMs);
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

/** False where another process has the pid by now. A thread may have a name of its own, and a process may change its user, but not both. */
function mayBe(facts: ProcessFacts, owner: SocketOwner): boolean {
  return facts.comm === owner.comm || owner.comm === '' || owner.uid === UNKNOWN_UID || facts.uid === owner.uid;
}
