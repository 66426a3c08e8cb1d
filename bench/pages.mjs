/**
 * The pages of the dashboard over a store of `weir demo`, in Debian's Chromium: first paint, and how long each answer that a chart or a table waits for took, middle
 * and worst of some rounds, the browser's cache empty and the node warm. Then pages of the list of flows: what the first costs and what one far behind it.
 * `--data` keeps the store for the next run; `--day 2026-11-22` looks at one day of it (of a store of `weir bench day --data DIR --start DAY`), `--range` at so long until
 * now. It asserts nothing.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { fixed, machine, main, options, run, startWeir, table, tempFolder } from './measure/programs.mjs';

const o = options({ flows: 10_000_000, rounds: 5, data: '', deep: 100, range: '7d', day: '' });
const DAY_MS = 86_400_000;
const RANGE = o.day === '' ? `last=${o.range}` : `from=${Date.parse(o.day)}&to=${Date.parse(o.day) + DAY_MS}`;
const CHROMIUM = '/usr/bin/chromium';
const PAGES = [
  ...(o.day === '' ? [`/?last=24h`] : []),
  `/?${RANGE}`,
  `/explore?${RANGE}&by=application`,
  `/explore?${RANGE}&by=src_as,dst_as`,
  `/hosts?${RANGE}`,
  `/applications?${RANGE}`,
  `/networks?${RANGE}`,
  `/quality?${RANGE}`,
  `/flows?${RANGE}`,
];
/** No answer that draws something: they are asked for beside. */
const STREAMS = /\/(live|health|node|columns|session|exporters|views|filter)\b/;

const data = o.data || join(tempFolder(), 'data');
if (!existsSync(data)) {
  mkdirSync(data, { recursive: true });
  await run(process.execPath, [main, 'demo', '--seed', '1', '--flows', String(o.flows), '--data', data]);
}
const config = join(data, 'demo.yaml');
const weir = await startWeir(data, existsSync(config) ? ['--config', config] : ['--home', '10.0.0.0/8']);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
try {
  console.log(machine());
  const { stored_rows } = await storedRows();
  console.log(`${stored_rows} records in the store, ${o.rounds} rounds`);
  await pages();
  await deepPages();
} finally {
  await browser.close();
  weir.child.kill();
}

async function storedRows() {
  const text = await (await fetch(`${weir.http}/metrics`)).text();
  return { stored_rows: /^weir_store_rows\S* (\d+)/m.exec(text)?.[1] ?? '?' };
}

/** One visit: ms to the first paint, and of each answer its path and ms from the question to its last byte. */
async function visit(path) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto(`${weir.http}${path}`);
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
  await page.waitForFunction(
    (streams) => {
      const asked = performance.getEntriesByType('resource').filter((r) => r.name.includes('/api/v1/'));
      const answers = asked.filter((r) => !new RegExp(streams).test(new URL(r.name).pathname));
      // Entries are of answers that have come; nothing new for a second: all are there.
      return answers.length > 0 && performance.now() - Math.max(...answers.map((r) => r.responseEnd)) > 1_000;
    },
    STREAMS.source,
    { timeout: 120_000 },
  );
  const seen = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    answers: performance
      .getEntriesByType('resource')
      .filter((r) => r.name.includes('/api/v1/'))
      .map((r) => ({ path: new URL(r.name).pathname, ms: r.responseEnd - r.requestStart })),
  }));
  await context.close();
  return { paint: seen.paint, answers: seen.answers.filter(({ path: asked }) => !STREAMS.test(asked)) };
}

async function pages() {
  const rows = [];
  for (const path of PAGES) {
    await visit(path);
    const visits = [];
    for (let round = 0; round < o.rounds; round++) visits.push(await visit(path));
    const paints = visits.map(({ paint }) => paint);
    const answers = visits.flatMap((v) => v.answers.map(({ ms }) => ms));
    const slowest = visits.map((v) => Math.max(...v.answers.map(({ ms }) => ms)));
    rows.push([
      path,
      fixed(middle(paints), 0),
      fixed(Math.max(...paints), 0),
      Math.round(answers.length / o.rounds),
      fixed(middle(answers), 0),
      fixed(middle(slowest), 0),
    ]);
  }
  table('Pages, ms', ['page', 'first paint', 'worst', 'answers', 'middle answer', 'slowest of a visit (middle)'], rows);
}

/** Page after page of 1,000 flows by their cursor. */
async function deepPages() {
  const to = o.day === '' ? Date.now() : Date.parse(o.day) + DAY_MS;
  const rows = [];
  for (const order of ['-time', 'bytes']) {
    const took = [];
    for (let n = 0, page = 'first'; n < o.deep && page; n++) {
      const began = performance.now();
      const body = JSON.stringify({ from: to - 8 * DAY_MS, to, order, limit: 1_000, page });
      const headers = { 'content-type': 'application/json' };
      const answer = await (await fetch(`${weir.http}/api/v1/flows`, { method: 'POST', headers, body })).json();
      if (answer.error) throw new Error(JSON.stringify(answer.error));
      took.push(performance.now() - began);
      page = answer.next;
    }
    const tenth = Math.ceil(took.length / 10);
    rows.push([
      order,
      took.length,
      fixed(took[0], 0),
      fixed(middle(took.slice(1, tenth + 1)), 0),
      fixed(middle(took.slice(-tenth)), 0),
    ]);
  }
  table(
    'Pages of 1,000 flows, ms',
    ['order', 'pages', 'first', 'middle of the first tenth', 'of the last tenth'],
    rows,
  );
}

function middle(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
