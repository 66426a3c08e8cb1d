/**
 * Names that Weir and ndpiReader give to the flows of captures, beside the names that nDPI's own test suite expects: `weir bench label [FOLDER] [--json] [--wrong]`
 * after a build. FOLDER has `pcap/` and `result/NAME.out`, as nDPI's tests have them (default: ../shared/fixtures/ndpi). Both programs read the same files in
 * the same run. Of a folder of other captures the reference is ndpiReader
 * itself. Prints scores by flows and by bytes and asserts none; `--wrong` lists flows that have another name than is expected.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { conversations, keyOf, Score, share, storedRecords } from './measure/label-flows.mjs';
import { machine, main } from './measure/programs.mjs';
import { hasTshark, isProven } from './measure/tshark-proof.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = process.env.WEIR_DIST ?? join(root, 'dist');
const { findApplication, formatAddress, parseAddress } = await import(pathToFileURL(join(dist, 'flow/index.js')).href);
const { applications: OTHER_NAMES, services: SERVICES } = parse(
  readFileSync(new URL('measure/ndpi-names.yaml', import.meta.url), 'utf8'),
);

const options = process.argv.slice(2).filter((a) => a.startsWith('--'));
const folder = process.argv.slice(2).find((a) => !a.startsWith('--')) ?? join(root, '../shared/fixtures/ndpi');
const pathOf = (capture) => join(folder, isLabelled ? 'pcap' : '', capture);
/** Of other captures there are no names but those that ndpiReader gives here. */
const isLabelled = existsSync(join(folder, 'pcap'));

const tshark = hasTshark();
if (!tshark) process.stderr.write('there is no tshark: names for what is unknown to the reference count as unproven\n');
/** A question for the name of a service is no use of it. */
const ASKING = new Set(['DNS', 'MDNS', 'LLMNR']);

const LINE =
  /^\t\d+\t(TCP|UDP) (\S+) <?->? (\S+) .*?\[proto: [\d.]+\/([^\]]*)\].*?\[(\d+) pkts\/(\d+) bytes <?->? (\d+) pkts\/(\d+) bytes\]/;

/** Flows of TCP and UDP as ndpiReader prints them, by transport and ends. */
function readerFlows(text) {
  const flows = new Map();
  for (const line of text.split('\n')) {
    const [, transport, a, b, proto, , there, , back] = LINE.exec(line) ?? [];
    if (transport === undefined) continue;
    const key = keyOf(transport === 'TCP' ? 6 : 17, endOf(a), endOf(b));
    const [first, second = ''] = proto.split('.');
    const bytes = Number(there) + Number(back);
    // Ports are used again, and long conversations are cut: what one part is called holds for all, as it does for the records of Weir.
    const known = flows.get(key);
    const found =
      first === 'Unknown' && known ? known : { name: first === 'Unknown' ? '' : first, service: second || first };
    flows.set(key, { ...found, bytes: bytes + (known?.bytes ?? 0) });
  }
  return flows;
}

function endOf(end) {
  const at = end.lastIndexOf(':');
  const address = end.slice(0, at).replace(/[[\]]/g, '');
  const words = parseAddress(address);
  return `${words ? formatAddress(words) : address} ${end.slice(at + 1)}`;
}

/** What Weir says of each conversation once it is stored, when all that tells names has told them. Each capture has a store of its own: networks of several share addresses. */
async function weirFlows(file) {
  const data = mkdtempSync(join(tmpdir(), 'weir-bench-label-'));
  // A capture that ends within a packet gives its good part, and exit code 1.
  spawnSync(process.execPath, [main, 'import', file, '--format', 'json', '--data', data], { encoding: 'utf8' });
  const flows = conversations(await storedRecords(data));
  rmSync(data, { recursive: true, force: true });
  return flows;
}

/** The names here for one of nDPI; empty where Weir does not know it. */
function oursFor(name) {
  if (OTHER_NAMES[name]) return OTHER_NAMES[name];
  const same = name.toLowerCase().replaceAll('_', '-');
  return findApplication(same) ? [same] : [];
}

class NameScore extends Score {
  /** Part of what should have a name that has one. */
  coverage(unit) {
    return share(this.of('right', unit) + this.of('wrong', unit), this.of('missed', unit) + this.of('port', unit));
  }
  /** Part of what has no name in the reference that has one here that tshark does not confirm; guesses from ports alone apart. */
  invented(unit) {
    const others = ['proven', 'unknown', 'unknown by port'].reduce((sum, verdict) => sum + this.of(verdict, unit), 0);
    return share(this.of('unproven', unit), others);
  }
}

const scores = {
  weir: new NameScore(),
  'weir, services': new NameScore(),
  ndpiReader: new NameScore(),
  'ndpiReader, services': new NameScore(),
};
const ports = new NameScore();
const known = new Set();
const notKnown = new Map();
const wrong = [];

function scoreWeir(capture, expected, flow) {
  const { application, evidence, service } = flow ?? { application: '', evidence: 'none', service: '' };
  const isGuess = evidence === 'port';
  const { bytes } = expected;
  if (expected.name === '') {
    const verdict =
      application === '' ? 'unknown' : isGuess ? 'unknown by port' : opinion(capture, expected, application);
    scores.weir.add(verdict, bytes);
    if (application !== '' && !isGuess)
      wrong.push(
        `${capture}: ${expected.key} of ${bytes} bytes: Unknown is ${application} (${evidence}) here, ${verdict} by tshark`,
      );
    return;
  }
  const ours = oursFor(expected.name);
  if (ours.length === 0) notKnown.set(expected.name, (notKnown.get(expected.name) ?? 0) + 1);
  else if (application === '') scores.weir.add('missed', bytes);
  else if (isGuess) {
    scores.weir.add('port', bytes);
    ports.add(ours.includes(application) ? 'right' : 'wrong', bytes);
  } else {
    known.add(application);
    const isRight = ours.includes(application);
    scores.weir.add(isRight ? 'right' : 'wrong', bytes);
    if (!isRight) wrong.push(`${capture}: ${expected.name} is ${application} (${evidence}) here`);
  }
  const services = SERVICES[expected.service];
  if (!services || ASKING.has(expected.name)) return;
  const verdict = service === '' ? 'missed' : services.includes(service) ? 'right' : 'wrong';
  scores['weir, services'].add(verdict, bytes);
  if (verdict === 'wrong') wrong.push(`${capture}: service ${expected.service} is ${service} here`);
}

/** What tshark says of a name for a conversation that has none in the reference. */
function opinion(capture, expected, application) {
  return tshark && isProven(pathOf(capture), expected.key, application) ? 'proven' : 'unproven';
}

function scoreReader(capture, expected, flow) {
  const { bytes } = expected;
  const name = flow?.name ?? '';
  if (expected.name === '') {
    const verdict = name === '' ? 'unknown' : opinion(capture, expected, oursFor(name)[0] ?? name.toLowerCase());
    scores.ndpiReader.add(verdict, bytes);
    return;
  }
  // Versions rename: its names are held against what Weir would call them, as those of Weir are.
  const ours = oursFor(expected.name);
  if (ours.length === 0) return;
  const isRight = name === expected.name || oursFor(name).some((n) => ours.includes(n));
  scores.ndpiReader.add(name === '' ? 'missed' : isRight ? 'right' : 'wrong', bytes);
  if (!SERVICES[expected.service] || ASKING.has(expected.name)) return;
  const given = flow?.service ?? '';
  const told = SERVICES[given];
  const agrees = given === expected.service || told?.some((s) => SERVICES[expected.service].includes(s));
  scores['ndpiReader, services'].add(!told ? 'missed' : agrees ? 'right' : 'wrong', bytes);
}

let version = null;
try {
  version =
    /nDPI ([\d.]+)/.exec(execFileSync('ndpiReader', ['-h'], { encoding: 'utf8' }))?.[1] ?? 'of an unknown version';
} catch (error) {
  if (error.code === 'ENOENT')
    process.stderr.write('there is no ndpiReader (Debian: libndpi-bin): Weir stands alone\n');
  else version = /nDPI ([\d.]+)/.exec(String(error.stdout))?.[1] ?? 'of an unknown version';
}

const captures = isLabelled
  ? readdirSync(join(folder, 'pcap')).filter((c) => existsSync(join(folder, 'result', `${c}.out`)))
  : readdirSync(folder, { recursive: true }).filter((c) => /\.(pcap|pcapng|cap)$/.test(c));
if (captures.length === 0 || (!isLabelled && !version)) {
  process.stderr.write(
    `${folder} has no labelled captures: give a folder with pcap/ and result/, or install ndpiReader\n`,
  );
  process.exit(1);
}
for (const capture of captures) {
  const file = pathOf(capture);
  const reader = version
    ? readerFlows(
        spawnSync('ndpiReader', ['-i', file, '-v', '2'], { maxBuffer: 1 << 30, encoding: 'latin1' }).stdout ?? '',
      )
    : null;
  const expected = isLabelled ? readerFlows(readFileSync(join(folder, 'result', `${capture}.out`), 'latin1')) : reader;
  const weir = await weirFlows(file);
  for (const [key, flow] of expected) {
    scoreWeir(capture, { ...flow, key }, weir.get(key));
    if (reader && isLabelled) scoreReader(capture, { ...flow, key }, reader.get(key));
  }
}

const figures = Object.entries(scores)
  .filter(([, score]) => Object.keys(score.counts).length > 0)
  .map(([who, score]) => ({
    who,
    ...Object.fromEntries(
      ['flows', 'bytes'].map((unit) => [
        unit,
        {
          right: score.right(unit),
          coverage: score.coverage(unit),
          invented: who.includes('services') ? null : score.invented(unit),
        },
      ]),
    ),
    counts: score.counts,
  }));
const portGuesses = {
  right: ports.right('flows'),
  counts: ports.counts,
  of_unknown: scores.weir.counts['unknown by port'] ?? null,
};

if (options.includes('--json')) {
  const names = { known: [...known].sort(), not_known: Object.fromEntries(notKnown) };
  process.stdout.write(
    `${JSON.stringify({ machine: machine(), captures: captures.length, ndpiReader: version, figures, port_guesses: portGuesses, ...names })}\n`,
  );
} else {
  const percent = (v) => (v === null ? '-' : `${(100 * v).toFixed(1)} %`);
  const cells = [['', 'right', 'by bytes', 'coverage', 'by bytes', 'proven by tshark', 'unproven']].concat(
    figures.map(({ who, flows, bytes, counts }) => [
      who === 'ndpiReader' ? `ndpiReader ${version}` : who,
      ...[flows.right, bytes.right, flows.coverage, bytes.coverage].map(percent),
      flows.invented === null ? '-' : String(counts.proven?.flows ?? 0),
      flows.invented === null ? '-' : `${counts.unproven?.flows ?? 0} (${percent(flows.invented)})`,
    ]),
  );
  const widths = cells[0].map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const lines = cells.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
  process.stdout.write(
    `${machine()}\n${captures.length} captures, flows of TCP and UDP; the last two: names for flows that the reference calls unknown\n${lines.join('\n')}\n`,
  );
  const { right, counts } = portGuesses;
  process.stdout.write(
    `guesses of Weir from ports alone: ${percent(right)} right of ${(counts.right?.flows ?? 0) + (counts.wrong?.flows ?? 0)} flows that have a name, and ${portGuesses.of_unknown?.flows ?? 0} flows of none\n`,
  );
  process.stdout.write(`labels that Weir gave here (${known.size}): ${[...known].sort().join(' ')}\n`);
  process.stdout.write(`names that Weir does not know: ${[...notKnown].map(([n, c]) => `${n} ${c}`).join(', ')}\n`);
}
if (options.includes('--wrong')) process.stdout.write(`${wrong.join('\n')}\n`);
