import { cpus } from 'node:os';

/** Seconds: of CPU by this process, all its threads, and elapsed. */
export interface Spent {
  cpu: number;
  elapsed: number;
}

/** What work costs, beside what else runs on the machine. */
export class Stopwatch {
  private readonly began = performance.now();
  private readonly cpuBegan = process.cpuUsage();
  private readonly machineBegan = machineTimes();

  /** Since it was made. */
  get elapsedMs(): number {
    return performance.now() - this.began;
  }

  /** Adds what `work` takes to `spent`. */
  async time(spent: Spent, work: () => Promise<void> | void): Promise<void> {
    const cpu = process.cpuUsage();
    const began = performance.now();
    await work();
    const used = process.cpuUsage(cpu);
    spent.cpu += (used.user + used.system) / 1e6;
    spent.elapsed += (performance.now() - began) / 1e3;
  }

  /** Of all cores, the share that other processes had since it was made; 0 where the machine does not tell. */
  othersShare(): number {
    const { user, system } = process.cpuUsage(this.cpuBegan);
    const now = machineTimes();
    const all = now.all - this.machineBegan.all;
    const busy = now.busy - this.machineBegan.busy;
    return all > 0 ? Math.max(0, (busy - (user + system) / 1e3) / all) : 0;
  }
}

/** Ms of all cores together. */
function machineTimes(): { all: number; busy: number } {
  let all = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    all += times.user + times.nice + times.sys + times.irq + times.idle;
    idle += times.idle;
  }
  return { all, busy: all - idle };
}
