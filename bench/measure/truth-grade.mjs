// Names that several sources give to conversations, against what is true of them.
import { basename } from 'node:path';
import { Score } from './label-flows.mjs';
import { SPOKEN } from './truth-servers.mjs';

/** What the server of a conversation speaks, by the process that the kernel named; of two processes the one that serves stands in the table. */
export function truths(records, server, listening) {
  const found = new Map();
  for (const { key, src_addr, src_port, dst_port, process: called, executable } of records) {
    const [program] = [basename(executable ?? ''), called].filter((name) => SPOKEN[name]);
    if (!program) continue;
    const [first, second = first] = [SPOKEN[program]].flat();
    const serverPort = src_addr === server ? src_port : dst_port;
    const at = listening.get(first) ?? [];
    found.set(key, {
      program,
      speaks: at.includes(serverPort) ? first : second,
      usual: serverPort === at[0],
    });
  }
  return found;
}

/** The order in which rows are printed. */
const SOURCES = ['processes of this host', 'packets captured', 'flows of softflowd'];
const PORTS = ['its own', 'another'];
const EVIDENCE = ['all', 'process', 'payload', 'state', 'name', 'port'];

function order(row) {
  const [source, port, evidence] = row.split('|');
  return SOURCES.indexOf(source) * 100 + PORTS.indexOf(port) * 10 + EVIDENCE.indexOf(evidence);
}

/** All are counted by the bytes that the capture saw. */
export function grade(truth, sources, captured) {
  const joined = [...captured].filter(([key]) => truth.has(key));
  const scores = new Map();
  const wrong = [];
  for (const [source, flows] of sources)
    for (const [key, { bytes }] of joined) {
      const { program, speaks, usual } = truth.get(key);
      const { application = '', evidence = 'none' } = flows.get(key) ?? {};
      const isMissing = !flows.has(key);
      const verdict = isMissing
        ? 'not seen'
        : application === ''
          ? 'no name'
          : application === speaks
            ? 'right'
            : 'wrong';
      for (const row of [
        `${source}|${usual ? 'its own' : 'another'}|all`,
        `${source}|${usual ? 'its own' : 'another'}|${isMissing ? 'none' : evidence}`,
      ]) {
        if (!scores.has(row)) scores.set(row, new Score());
        scores.get(row).add(verdict, bytes);
      }
      if (verdict !== 'right')
        wrong.push(`${source}: ${key}, ${program} speaks ${speaks}: ${application || verdict} (${evidence})`);
    }
  const rows = [...scores]
    .filter(([row]) => !row.endsWith('|none'))
    .sort(([a], [b]) => order(a) - order(b))
    .map(([row, score]) => [
      ...row.split('|'),
      ...['right', 'wrong', 'no name', 'not seen'].flatMap((verdict) =>
        ['flows', 'bytes'].map((unit) => score.of(verdict, unit)),
      ),
    ]);
  const programs = [...new Set(joined.map(([key]) => truth.get(key).program))].sort();
  const without = captured.size - joined.length;
  return { rows, programs, wrong, joined: joined.length, without };
}
