/**
 * Records per second that one core decodes of NetFlow v9 and IPFIX, without sockets and store: `node bench/templates.mjs` after a
 * build (or `WEIR_DIST=folder`). Prints a table and asserts no figure: machines differ.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = process.env.WEIR_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const load = (room) => import(pathToFileURL(`${dist}/${room}/index.js`).href);
const { allColumnNames, FlowBatch, TextColumns } = await load('flow');
const wire = await load('wire');

const NOW = Date.UTC(2026, 10, 21, 12);
const UPTIME = 864_000_000;
const RECORDS = 24;
const ROUNDS = 5;
const VARIABLE = 65_535;

/** [element, bytes, value of record i]. */
const COMMON = [
  [8, 4, (i) => 0xc0000200 + i],
  [12, 4, (i) => 0xc6336400 + i],
  [15, 4, () => 0xc00002fe],
  [10, 4, () => 3],
  [14, 4, () => 4],
  [2, 4, (i) => 10 + i],
  [1, 4, (i) => 1500 * i],
  [7, 2, (i) => 40_000 + i],
  [11, 2, () => 443],
  [6, 1, () => 0x1b],
  [4, 1, (i) => (i % 10 === 0 ? 1 : 6)],
  [5, 1, () => 8],
  [16, 4, () => 64_496],
  [17, 4, () => 64_511],
  [9, 1, () => 24],
  [13, 1, () => 16],
  [61, 1, () => 0],
  [136, 1, () => 1],
];
const UPTIMES = [
  [22, 4, () => UPTIME - 9_000],
  [21, 4, () => UPTIME - 4_000],
];
const TIMES = [
  [152, 8, () => NOW - 9_000],
  [153, 8, () => NOW - 4_000],
];
const TEXTS = [
  [96, VARIABLE, () => 'https'],
  [371, VARIABLE, (i) => `user${i % 5}`],
];

const integer = (value, bytes) =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256);
const text = (value) => [value.length, ...Buffer.from(value)];
const set = (id, content) => [...integer(id, 2), ...integer(4 + content.length, 2), ...content];

function message(version, sets) {
  const body = sets.flat();
  const time = integer(NOW / 1000, 4);
  const rest = [...integer(1, 4), ...integer(42, 4), ...body];
  if (version === 9) return Uint8Array.from([0, 9, 0, 1, ...integer(UPTIME, 4), ...time, ...rest]);
  return Uint8Array.from([0, 10, ...integer(16 + body.length, 2), ...time, ...rest]);
}

function messages(version, fields) {
  const template = [...integer(256, 2), ...integer(fields.length, 2)];
  for (const [id, bytes] of fields) template.push(...integer(id, 2), ...integer(bytes, 2));
  const record = (i) => fields.flatMap(([, bytes, of]) => (bytes === VARIABLE ? text(of(i)) : integer(of(i), bytes)));
  const data = Array.from({ length: RECORDS }, (_, i) => record(i)).flat();
  return {
    template: message(version, [set(version === 9 ? 0 : 2, template)]),
    data: message(version, [set(256, data)]),
  };
}

/** Million records per CPU second, the best of several rounds. */
function measure(version, fields) {
  const texts = new TextColumns();
  const decoder = new wire.TemplateDecoder(texts, []);
  const batch = new FlowBatch(65_536, allColumnNames, undefined, true);
  const session = new wire.TemplateSession();
  const context = wire.newFlowContext();
  context.receivedMs = NOW;
  const header = wire.newExportHeader();
  const read = version === 9 ? wire.readNetflow9Header : wire.readIpfixHeader;
  const begin = () => {
    batch.clear();
    texts.begin(batch);
    decoder.bind(batch);
  };
  const take = (view) => {
    if (batch.capacity - batch.rows < RECORDS) begin();
    read(view, 0, view.byteLength, header);
    decoder.decode(view, 0, view.byteLength, header, session, context, true);
    batch.rows += decoder.result.rows;
  };
  begin();
  const { template, data } = messages(version, fields);
  take(new DataView(template.buffer));
  const view = new DataView(data.buffer);
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    let rows = 0;
    for (let i = 0; i < 60_000; i++) {
      take(view);
      rows += decoder.result.rows;
    }
    const { user, system } = process.cpuUsage(before);
    // What is not written is fast.
    if (rows !== 60_000 * RECORDS) throw new Error(`${rows} rows of ${60_000 * RECORDS} records were written`);
    best = Math.max(best, (60_000 * RECORDS) / (user + system));
  }
  return best;
}

console.table(
  [
    ['NetFlow v9, 20 fields', 9, [...COMMON, ...UPTIMES]],
    ['IPFIX, 20 fields', 10, [...COMMON, ...TIMES]],
    ['IPFIX, 20 fields and 2 texts of variable length', 10, [...COMMON, ...TIMES, ...TEXTS]],
  ].map(([records, version, fields]) => ({
    records,
    'million records per CPU second': Number(measure(version, fields).toFixed(1)),
  })),
);
