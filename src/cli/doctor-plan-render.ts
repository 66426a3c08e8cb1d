import { OVERLOAD_STEPS } from '../ingest/index.ts';
import type { Plan } from './doctor-plan.ts';
import type { LevelPlan } from './doctor-plan-disk.ts';
import { about, grouped, span, withPrefix } from './human.ts';
import { alignTable } from './table.ts';

type Row = readonly [what: string, needed: string, here: string, from: string];

const bytes = (n: number) => withPrefix(n, 'B');
const flows = (n: number) => `${about(n)} flows/s`;
const cores = (n: number) => (n < 0.001 ? '< 0.001' : n.toFixed(n < 0.1 ? 3 : 2));
const DAY_MS = 86_400_000;
const WIDTHS: Readonly<Record<string, string>> = { '1m': '1 min', '5m': '5 min', '1h': '1 h', '1d': '1 day' };

/** The plan as people read it; `findings` is the table of them, `isBeside` says that a node runs on the machine. */
export function renderPlan(plan: Plan, findings: string, isBeside: boolean): string {
  const columns = ['what', 'needed', 'this machine', 'figures are'].map((title) => ({ title, align: 'left' as const }));
  const rows = [...cpuRows(plan), ...memoryRows(plan), ...diskRows(plan)];
  const lines = [
    `${grouped(plan.flows_per_second)} flows/s are ${grouped(plan.flows_per_week)} flows a week.`,
    '',
    ...alignTable(columns, rows),
    '',
    findings.trimEnd(),
    '',
    ...notes(plan, isBeside),
  ];
  return `${lines.join('\n')}\n`;
}

function cpuRows({ cpu, overload }: Plan): Row[] {
  const steps = overload.step === 0 ? 'none' : OVERLOAD_STEPS.slice(1, overload.step + 1).join(', ');
  const kept = overload.keep > 1 ? `; 1 flow in ${grouped(overload.keep)} is kept` : '';
  return [
    [
      'CPU',
      `${cores(cpu.needed)} cores, ${(100 * cpu.share).toFixed(1)} %`,
      `${cpu.cores} cores: ${flows(cpu.most)}`,
      'measured',
    ],
    [
      '  receive and decode',
      `${cores(cpu.receive)} cores`,
      `one thread: ${flows(cpu.most_of_receive_thread)}`,
      'measured',
    ],
    ['  receive_threads', String(cpu.receive_threads), '', 'computed: each busy 60 % at most'],
    ['  store, the one thread', `${cores(cpu.store)} cores`, `it does ${flows(cpu.most_of_store_thread)}`, 'measured'],
    ['    of it history', `${cores(cpu.history)} cores`, '', 'measured, whatever the rate'],
    ['  sync of the journal', `${cores(cpu.journal_sync)} cores`, '', 'measured'],
    ['  network card, kernel', 'not known', '', 'not measured'],
    ['  questions', 'not known', `${cores(Math.max(0, cpu.cores - cpu.needed))} cores are left`, 'not measured'],
    ['steps of overload', `${steps}${kept}`, '', 'computed, for a rate that lasts'],
  ];
}

function memoryRows({ memory: m, socket }: Plan): Row[] {
  const holds =
    socket.has_bytes === null
      ? 'not known'
      : `${bytes(socket.has_bytes)}: ${span((1_000 * socket.has_bytes) / socket.burst_bytes)} of them`;
  return [
    ['memory', `at most ${bytes(m.together_bound)}`, bytes(m.machine_bytes), 'bound'],
    ['  program and tables', bytes(m.process_bytes), '', 'measured, at its peak'],
    [
      '  rows in memory',
      `${bytes(m.rows_bytes)}, at most ${bytes(m.rows_bytes_bound)}`,
      '',
      'measured a row, times segment_rows',
    ],
    ['  socket buffers', `at most ${bytes(m.sockets_bytes)}`, '', 'bound: receive_buffer'],
    ['  questions', `at most ${bytes(m.queries_bytes_bound)}`, '', 'bound: query_memory'],
    [
      'burst of one second',
      `${grouped(Math.ceil(socket.datagrams_per_second))} datagrams, ${bytes(socket.burst_bytes)}`,
      holds,
      'assumption: 2,300 B a datagram',
    ],
  ];
}

function diskRows({ disk: d }: Plan): Row[] {
  const kept = d.days_of_records;
  return [
    [
      'disk, written',
      withPrefix(d.write_bytes_per_second, 'B/s'),
      withPrefix(d.can_write_bytes_per_second, 'B/s'),
      'measured',
    ],
    [
      '  one sync of the journal',
      bytes(d.sync_bytes),
      `${d.sync_ms.toFixed(1)} ms, at most ${d.slowest_sync_ms.toFixed(1)} ms`,
      'measured, 8 times',
    ],
    ['  journal at work', bytes(d.journal_bytes), '', 'computed'],
    ['  records a day', bytes(d.records_bytes_a_day), '', 'measured'],
    ...d.history.map(levelRow),
    [
      '  records are kept',
      `${keptFor(kept)}; at least ${keptFor(d.days_of_records_bound)}`,
      `retention_bytes ${bytes(d.retention_bytes)}`,
      'computed, with history at full age',
    ],
  ];
}

function levelRow(l: LevelPlan): Row {
  const age = l.age_days === null ? '10 years' : `${grouped(l.age_days)} days`;
  return [
    `  history ${WIDTHS[l.level] ?? l.level}, a day`,
    `${bytes(l.bytes_a_day)}, at most ${bytes(l.bytes_a_day_bound)}`,
    `at ${age}: ${bytes(l.at_full_age)}, at most ${bytes(l.at_full_age_bound)}`,
    'measured; bound of its tables',
  ];
}

/** `12.3 days`, below two `3 h 20 min` and so on: a rate that fills the disk at once is never kept for 0 hours. */
function keptFor(days: number): string {
  return days < 2 ? span(days * DAY_MS) : `${days.toFixed(1)} days`;
}

function notes({ measured: { mix, load } }: Plan, isBeside: boolean): string[] {
  const perMillion = (n: number) => (n / load.flows) * 1e6;
  return [
    `Measured now on this machine: ${grouped(load.flows)} flows (${mix}).`,
    `  CPU a million flows: ${perMillion(load.receive.cpu).toFixed(3)} s to decode, label and journal; ${perMillion(load.store.cpu).toFixed(3)} s for Parquet and history.`,
    `  Bytes a flow: ${(load.journalBytes / load.flows).toFixed(1)} in the journal, ${(load.segmentBytes / load.flows).toFixed(1)} in segments, ${load.rowBytes.toFixed(0)} in memory. History: ${load.history.minutes} minutes of ${grouped(load.history.flowsPerMinute)} flows.`,
    ...(isBeside ? ['  A node runs on this machine: its load is in these figures.'] : []),
    'Not measured: what the network card, the kernel, questions and compaction take.',
    `Assumed: flows like these come evenly. Other mixes, and IPFIX or NetFlow v9 with more fields, take more or less; hours and days of history were made of the minutes above, so that more different keys come together in real ones, up to the bound.`,
  ];
}
