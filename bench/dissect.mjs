/**
 * How many packets a second one core takes apart: `node bench/dissect.mjs FILE...` after a build (or `WEIR_DIST=folder`) reads the captures into
 * memory and dissects their packets again and again, the innermost of them, without ESP being opened. Prints the best and the median of
 * several rounds, in CPU time, for a frame of Ethernet and by tunnel, and asserts no figure: machines differ.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = process.env.WEIR_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const load = (path) => import(pathToFileURL(`${dist}/${path}.js`).href);
const { dissectLink, FragmentPorts, newPacketFields, openCapture, TUNNELS } = await load('packet/index');

const ROUNDS = 9;
const ROUND_PACKETS = 4_000_000;
const INNER = { tunnels: 'inner' };
const OUTER = { tunnels: 'outer' };

const files = process.argv.slice(2);
if (files.length === 0) {
  process.stderr.write('usage: node bench/dissect.mjs FILE...\n');
  process.exit(2);
}

/** All packets of a capture in one view, as a ring or a chunk holds them. */
async function packetsOf(path) {
  const parts = [];
  const [at, length, linkType] = [[], [], []];
  let bytes = 0;
  for await (const chunk of openCapture(path)) {
    for (let i = 0; i < chunk.count; i++) {
      const { buffer, byteOffset } = chunk.view;
      parts.push(new Uint8Array(buffer, byteOffset + chunk.at[i], chunk.captured[i]).slice());
      at.push(bytes);
      length.push(chunk.captured[i]);
      linkType.push(chunk.linkType[i]);
      bytes += chunk.captured[i];
    }
  }
  const all = new Uint8Array(bytes);
  parts.forEach((part, i) => {
    all.set(part, at[i]);
  });
  return {
    view: new DataView(all.buffer),
    count: at.length,
    at: Uint32Array.from(at),
    length: Uint32Array.from(length),
    linkType: Uint16Array.from(linkType),
  };
}

const fields = newPacketFields();

/** What was read is added up, so that nothing can be left out. */
function dissectAll(packets, options, ports) {
  const { view, count, at, length, linkType } = packets;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    dissectLink(view, at[i], length[i], linkType[i], fields, options);
    if (ports !== null) ports.apply(fields, 0);
    sum += fields.srcAddr[3] + fields.dstPort + fields.tunnel;
  }
  return sum;
}

function measure(packets, options, ports) {
  const times = Math.ceil(ROUND_PACKETS / packets.count);
  const rounds = [];
  let sum = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let n = 0; n < times; n++) sum += dissectAll(packets, options, ports);
    const { user, system } = process.cpuUsage(before);
    rounds.push((times * packets.count) / (user + system));
  }
  rounds.sort((a, b) => b - a);
  return { best: rounds[0], median: rounds[ROUNDS >> 1], sum };
}

const all = [];
for (const path of files) all.push([path, await packetsOf(path)]);
process.stdout.write('million packets a CPU second; best / median of 9 rounds\n');
process.stdout.write('outer         inner         inner, fragments  tunnels  capture\n');
for (const [path, packets] of all) {
  let tunnels = 0;
  for (let i = 0; i < packets.count; i++) {
    dissectLink(packets.view, packets.at[i], packets.length[i], packets.linkType[i], fields, INNER);
    if (TUNNELS[fields.tunnel] !== 'none') tunnels++;
  }
  const row = [
    measure(packets, OUTER, null),
    measure(packets, INNER, null),
    measure(packets, INNER, new FragmentPorts()),
  ].map(({ best, median }) => `${best.toFixed(1)} / ${median.toFixed(1)}`);
  const share = `${((100 * tunnels) / packets.count).toFixed(0)} %`;
  process.stdout.write(`${row[0].padEnd(14)}${row[1].padEnd(14)}${row[2].padEnd(18)}${share.padEnd(9)}${path}\n`);
}
