// weir bench overload: what a node does with more than it can. Finds the rate at which nothing is given up for ten seconds, then sends `times` as much for
// `seconds` and asks a question each second. `--bursts MINUTES`: 50,000 records in one burst each second instead. It asserts nothing.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import {
  endAndMeasure,
  fixed,
  machine,
  nfgen,
  options,
  peakMemory,
  run,
  sleep,
  startWeir,
  table,
  tempFolder,
} from './measure/programs.mjs';

const o = options({ times: 3, seconds: 60, sustainable: 0, bursts: 0, settle: 10 });
const folder = tempFolder();
const flood = nfgen(folder);
/** Records of one round through the generator's pool, which is the same in each run: the truth is what a node keeps of one round, times the rounds. */
const POOL_PACKETS = 65_536;
const PER_PACKET = 30;
const ROUND = POOL_PACKETS * PER_PACKET;

async function metrics(http) {
  const text = await (await fetch(`${http}/metrics`)).text();
  const found = new Map();
  for (const [, name, value] of text.matchAll(/^(weir_\w+)(?:\{[^}]*\})? (\S+)$/gm))
    found.set(name, (found.get(name) ?? 0) + Number(value));
  return (name) => found.get(`weir_${name}`) ?? Number.NaN;
}

async function ask(http, body) {
  const began = performance.now();
  const response = await fetch(`${http}/api/v1/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ from: Date.now() - 86_400_000, ...body }),
  });
  return { ms: performance.now() - began, answer: await response.json() };
}

const totalOf = (http) => ask(http, { by: ['protocol'], metrics: ['bytes', 'packets', 'records'] });
const send = (port, records, rate, more = []) =>
  run(flood, ['-p', port, '-f', '5', '-n', records, '-r', rate, '-P', POOL_PACKETS, ...more].map(String)).then((out) =>
    Number(/sent_records=(\d+)/.exec(out)[1]),
  );
const memoryNow = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

let count = 0;
const start = () => startWeir(join(folder, `node-${count++}`));

/** Bytes of one round of the pool. */
async function truthOfARound() {
  const { child, port, http } = await start();
  await sleep(1_000);
  const sent = await send(port, ROUND, 200_000);
  await sleep(1_500);
  const { answer } = await totalOf(http);
  await endAndMeasure(child);
  if (sent !== ROUND || Number(answer.total.records) !== ROUND)
    throw new Error(`the slow run kept ${answer.total.records} of ${sent} records: the truth is not known`);
  return Number(answer.total.bytes);
}

/** Whether a rate is received for ten seconds without any step or deferral. */
async function holds(rate) {
  const { child, port, http } = await start();
  await sleep(1_500);
  let step = 0;
  const watch = setInterval(async () => {
    const m = await metrics(http).catch(() => null);
    if (m) step = Math.max(step, m('overload_step'));
  }, 200);
  const sent = await send(port, rate * o.settle, rate);
  await sleep(500);
  clearInterval(watch);
  const m = await metrics(http);
  const good = step === 0 && m('ingest_records_total') === sent && m('ingest_deferred_datagrams_total') === 0;
  await endAndMeasure(child, 'SIGKILL');
  return good;
}

async function sustainable() {
  let low = 100_000;
  let high = 200_000;
  while (high <= 6_400_000 && (await holds(high))) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < 2; i++) {
    const middle = Math.round((low + high) / 2);
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

async function overload(rate, round) {
  const { child, port, http } = await start();
  const log = [];
  await sleep(1_500);
  const rounds = Math.ceil((rate * o.seconds) / ROUND);
  const records = rounds * ROUND;
  let done = false;
  const began = performance.now();
  const sending = send(port, records, rate).then((sent) => {
    done = true;
    return { sent, seconds: (performance.now() - began) / 1_000 };
  });
  const times = [];
  let lag = 0;
  let last = { step: 0, rate: 1 };
  while (!done) {
    await sleep(1_000);
    const { ms } = await totalOf(http);
    times.push(ms);
    const m = await metrics(http);
    const now = { step: m('overload_step'), rate: m('shed_rate') };
    lag = Math.max(lag, m('ingest_lag_seconds'));
    if (now.step !== last.step || now.rate !== last.rate)
      log.push(`${fixed((performance.now() - began) / 1_000, 0)} s: step ${now.step}, 1 in ${now.rate}`);
    last = now;
  }
  const { sent, seconds } = await sending;
  const drained = performance.now();
  for (let i = 0; i < 300; i++) {
    const m = await metrics(http);
    if (m('store_deferred_files') === 0 && m('ingest_lag_seconds') < 1) break;
    await sleep(500);
  }
  const caughtUp = (performance.now() - drained) / 1_000;
  await sleep(1_000);
  const m = await metrics(http);
  const { answer } = await totalOf(http);
  const memory = peakMemory(child.pid);
  const alive = child.exitCode === null;
  await endAndMeasure(child);
  const received = m('ingest_records_total');
  const { total, half_width } = answer.quality.sampling.error95.bytes ?? {
    total: Number(answer.total.bytes),
    half_width: 0,
  };
  // What the kernel dropped is in no estimate: it is counted as lost, and the truth is that of what was received.
  const truth = (round * rounds * received) / sent;
  return {
    asked: rate,
    sent,
    delivered: sent / seconds,
    received,
    shed: m('shed_flows_total'),
    kept: Number(answer.total.records),
    drops: m('ingest_kernel_drops_total') * PER_PACKET,
    total,
    half_width,
    truth,
    times: times.sort((a, b) => a - b),
    lag,
    caughtUp,
    memory,
    alive,
    log,
  };
}

async function bursts(minutes) {
  const { child, port, http } = await start();
  await sleep(1_500);
  let sent = 0;
  const memory = [];
  const end = Date.now() + minutes * 60_000;
  for (let second = 0; Date.now() < end; second++) {
    const began = Date.now();
    sent += await send(port, 50_000, 0, ['-b', 256]);
    if (second % 60 === 59) memory.push(memoryNow(child.pid));
    await sleep(Math.max(0, 1_000 - (Date.now() - began)));
  }
  await sleep(1_500);
  const m = await metrics(http);
  const { answer } = await totalOf(http);
  const result = {
    sent,
    kept: Number(answer.total.records),
    drops: m('ingest_kernel_drops_total'),
    shed: m('shed_flows_total'),
    step: m('overload_step'),
    memory,
    peak: peakMemory(child.pid),
  };
  await endAndMeasure(child);
  return result;
}

console.log(
  `${machine()}; load average before: ${loadavg()
    .map((n) => n.toFixed(1))
    .join(' ')}`,
);
if (o.bursts > 0) {
  const b = await bursts(o.bursts);
  table(
    `50,000 records in one burst each second for ${o.bursts} min`,
    ['sent', 'lost', 'kernel drops', 'shed', 'RSS MB after 1 min', 'RSS MB at the end', 'peak MB'],
    [[b.sent, b.sent - b.kept, b.drops, b.shed, fixed(b.memory[0], 0), fixed(b.memory.at(-1), 0), fixed(b.peak, 0)]],
  );
} else {
  const round = await truthOfARound();
  const rate = o.sustainable > 0 ? o.sustainable : await sustainable();
  console.log(`\nsustainable (no step, nothing deferred for ${o.settle} s): ${rate} records/s`);
  const r = await overload(rate * o.times, round);
  const middle = r.times[Math.floor(r.times.length / 2)];
  table(
    `${o.times} times that for ${o.seconds} s`,
    ['asked/s', 'delivered/s', 'sent', 'received', 'kernel drops', 'shed', 'rows kept'],
    [[r.asked, fixed(r.delivered, 0), r.sent, r.received, r.drops, r.shed, r.kept]],
  );
  table(
    'what answers said, and how fast',
    [
      'bytes',
      '± 95 %',
      'of the truth',
      'off by',
      'question p50 ms',
      'max ms',
      'most behind s',
      'caught up after s',
      'peak MB',
      'process up',
    ],
    [
      [
        r.total,
        `${fixed((100 * r.half_width) / r.total, 3)} %`,
        Math.round(r.truth),
        `${fixed((100 * (r.total - r.truth)) / r.truth, 3)} %`,
        fixed(middle, 0),
        fixed(r.times.at(-1), 0),
        fixed(r.lag, 1),
        fixed(r.caughtUp, 1),
        fixed(r.memory, 0),
        r.alive ? 'yes' : 'no',
      ],
    ],
  );
  console.log(`\nsteps as a scrape each second saw them: ${r.log.join('; ') || 'none'}`);
}
process.exit(0);
