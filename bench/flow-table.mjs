/**
 * Packets per CPU second that the meter alone takes, without captures and dissection: `node bench/flow-table.mjs` after a build (or
 * `WEIR_DIST=folder`). Each packet differs from the one before as packets do, so that copies of mirrors are looked for in vain. Prints a table and
 * asserts no figure: machines differ.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = process.env.WEIR_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const load = (room) => import(pathToFileURL(`${dist}/${room}/index.js`).href);
const { DEFAULT_METER, Meter } = await load('meter');
const { newPacketFields } = await load('packet');

const PACKETS = 3_000_000;
const MAPPED = 0xffff;
const TCP = 6;
/** Times of packets at a million a second. */
const STEP_MS = 0.001;

const CASES = [
  ['one flow', 1, {}],
  ['1,000 flows', 1_000, {}],
  ['100,000 flows', 100_000, {}],
  ['1,000,000 flows', 1_000_000, {}],
  ['1,000,000 flows of both directions', 1_000_000, { biflow: true }],
  ['each packet a flow, room for 100,000', 2 ** 32, { maxFlows: 100_000 }],
];

function frame() {
  const data = new DataView(new ArrayBuffer(128));
  for (let i = 0; i < 128; i++) data.setUint8(i, 7 * i);
  const fields = Object.assign(newPacketFields(), {
    ...{ data, hasIp: true, ipVersion: 4, ipAt: 14, ipBytes: 1000, ttl: 64, protocol: TCP, tcpFlags: 0x10 },
    ...{ transportAt: 34, transportLength: 80, payloadAt: 54, payloadLength: 60, hasPorts: true, dstPort: 443 },
  });
  fields.srcAddr[2] = MAPPED;
  fields.dstAddr.set([0, 0, MAPPED, 0x0a000001]);
  return fields;
}

function measure(flows, options) {
  const meter = new Meter({ ...DEFAULT_METER, ...options }, { flow() {} });
  const fields = frame();
  let random = 1;
  let time = 1_700_000_000_000;
  const give = (packets) => {
    for (let i = 0; i < packets; i++) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      const flow = random % flows;
      fields.srcAddr[3] = flow >>> 4;
      fields.srcPort = 1024 + (flow & 15);
      fields.fragmentId = i & 0xffff;
      fields.data.setUint32(38, i);
      time += STEP_MS;
      meter.packet(fields, 1014, time, 1);
    }
  };
  give(PACKETS / 2);
  const before = process.cpuUsage();
  give(PACKETS);
  const { user, system } = process.cpuUsage(before);
  return { perSecond: PACKETS / ((user + system) / 1e6), open: meter.open };
}

process.stdout.write(`${'flows'.padEnd(38)}${'open at the end'.padStart(16)}${'M packets/CPU s'.padStart(18)}\n`);
for (const [name, flows, options] of CASES) {
  const { perSecond, open } = measure(flows, options);
  process.stdout.write(
    `${name.padEnd(38)}${open.toLocaleString('en').padStart(16)}${(perSecond / 1e6).toFixed(2).padStart(18)}\n`,
  );
}
