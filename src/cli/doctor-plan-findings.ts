import { type Finding, ok, warn } from '../server/index.ts';
import type { Plan } from './doctor-plan.ts';
import type { Config } from './doctor-plan-disk.ts';
import { about, grouped, span, withPrefix } from './human.ts';

const DAY_MS = 86_400_000;

type Planned = Omit<Plan, 'findings' | 'measured'>;

/** A thread or a machine that is busier than this has no room for peaks; a node that sheds flows keeps as many as take this share. */
export const FULL = 0.8;
/** Other programs that have more than this of the cores make CPU figures larger than they are on a quiet machine. */
const OTHERS_SHARE = 0.2;
/** Of what the disk can write. */
const DISK_SHARE = 0.5;

/** What is enough, what is not, and what to change. */
export function planFindings(plan: Planned, config: Config): Finding[] {
  return [
    overload(plan),
    ...threads(plan, config),
    ...clock(plan),
    memory(plan),
    socket(plan),
    ...disk(plan),
    ...quiet(plan),
  ];
}

function overload({ overload: { step, keep, most }, flows_per_second: rate }: Planned): Finding {
  const can = `this machine does ${about(most)} flows/s`;
  if (step === 0) return ok('overload', `none expected: ${can}, ${(most / rate).toFixed(1)} times as many`);
  const advice = 'use more or faster cores, sample in the routers, or send some of them to another node';
  if (step === 2)
    return warn(
      'overload',
      `above ${100 * FULL} % of what can be done, no room for peaks: ${can}; questions and costly tables of history give way`,
      advice,
    );
  return warn('overload', `all steps, at the end 1 flow in ${grouped(keep)} is kept: ${can}`, advice);
}

function threads({ cpu }: Planned, config: Config): Finding[] {
  if (cpu.receive_threads <= config.receive_threads) return [];
  return [
    warn(
      'receive threads',
      `one thread would be busy ${(100 * cpu.receive).toFixed(0)} % of the time`,
      `set receive_threads to ${cpu.receive_threads}; all that comes from one port of one exporter stays in one thread`,
    ),
  ];
}

/** Enough CPU in a second, but the machine did not give it. */
function clock({ cpu, flows_per_second: rate, overload: { step } }: Planned): Finding[] {
  if (step > 0 || rate <= FULL * cpu.most_of_store_thread_now) return [];
  const text = `while it was measured the store thread came to ${about(cpu.most_of_store_thread_now)} flows/s, with all that waits for other programs and the disk`;
  return [warn('what else runs', text, 'measure again when the machine is quiet, or see what keeps it busy')];
}

function memory({ memory: m }: Planned): Finding {
  const text = `at most ${withPrefix(m.together_bound, 'B')} of ${withPrefix(m.machine_bytes, 'B')}`;
  if (m.together_bound <= m.machine_bytes) return ok('memory', text);
  return warn('memory', text, 'lower query_memory, segment_rows or receive_buffer');
}

function socket({ socket: s }: Planned): Finding {
  const burst = `one second of datagrams takes ${withPrefix(s.burst_bytes, 'B')}`;
  if (s.has_bytes === null)
    return warn('socket buffer', `${burst}; what a socket holds cannot be seen on this machine`);
  const text = `${burst}, a socket holds ${withPrefix(s.has_bytes, 'B')}`;
  if (s.has_bytes >= s.burst_bytes) return ok('socket buffer', text);
  const need = Math.ceil(s.burst_bytes / 2 / 1e6) * 1e6;
  return warn('socket buffer', text, `sysctl -w net.core.rmem_max=${need}, and receive_buffer: ${need}`);
}

function disk({ disk: d }: Planned): Finding[] {
  const findings: Finding[] = [];
  const write = `${withPrefix(d.write_bytes_per_second, 'B/s')} are written, the disk takes ${withPrefix(d.can_write_bytes_per_second, 'B/s')} now`;
  findings.push(
    d.write_bytes_per_second <= DISK_SHARE * d.can_write_bytes_per_second
      ? ok('disk speed', write)
      : warn('disk speed', write, 'use a faster disk'),
  );
  const space = `${withPrefix(d.free_bytes, 'B')} free, the store grows to ${withPrefix(d.retention_bytes, 'B')} (retention_bytes)`;
  if (d.free_bytes < d.retention_bytes)
    findings.push(warn('disk space', space, 'lower retention_bytes, or use a larger disk'));
  for (const level of d.history) {
    if (level.days_kept === null || level.age_days === null) continue;
    const setting = `retention_${level.level}_bytes`;
    const text = `kept for ${level.days_kept.toFixed(0)} days instead of ${level.age_days}: ${setting} is reached before`;
    const advice = `${setting}: ${withPrefix(Math.ceil((level.bytes_a_day * level.age_days) / 1e8) * 1e8, 'B')}, where the disk has it; coarser steps are kept for longer`;
    findings.push(warn(`history ${level.level}`, text, advice));
  }
  if (d.days_of_records < 1)
    findings.push(
      warn(
        'records',
        `records are kept for ${span(d.days_of_records * DAY_MS)}`,
        `raise retention_bytes: ${withPrefix(d.records_bytes_a_day, 'B')} for each day of them`,
      ),
    );
  return findings;
}

function quiet({ cpu }: Planned): Finding[] {
  if (cpu.others_share <= OTHERS_SHARE) return [];
  const text = `other programs had ${(100 * cpu.others_share).toFixed(0)} % of the cores while it was measured: CPU figures are higher than on a quiet machine`;
  return [warn('other load', text, 'measure again when the machine is quiet')];
}
