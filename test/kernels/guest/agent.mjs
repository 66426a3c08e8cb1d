import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { output, serving } from './run.mjs';
import { fact } from './tell.mjs';

const WEIR = '/weir/dist/cli/main.js';
const CONFIG = '/weir/guest/agent.yaml';
const DATA = '/data/weir';
const COLUMNS =
  'protocol,src_addr,src_port,dst_addr,dst_port,bytes,packets,process,pid,outcome,server_name,owner_source,duplicate';

/** The built `weir agent`, as a user would run it, once it meters. */
export async function startAgent() {
  const began = performance.now();
  const agent = await serving(/^ready$/, process.execPath, WEIR, 'agent', '--data', DATA, '--config', CONFIG);
  await metering();
  fact('agent started in', `${((performance.now() - began) / 1000).toFixed(1)} s`);
  return {
    get,
    weir: (...args) => output(process.execPath, WEIR, ...args, '--data', DATA),
    records: async () => {
      const query = ['flows', '--from', 'all', '--limit', '1000000', '--duplicates', 'all', '--format', 'jsonl'];
      const lines = await output(process.execPath, WEIR, ...query, '--columns', COLUMNS, '--data', DATA);
      return lines
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line))
        .filter((record) => record.src_addr !== undefined);
    },
    stop: () => {
      agent.stop();
      return agent.ended;
    },
  };
}

/** An answer of its API, through its socket. */
async function get(path) {
  const asked = request({ socketPath: `${DATA}/weir.sock`, path, headers: { host: 'localhost' } });
  asked.end();
  const [answer] = await once(asked, 'response');
  let text = '';
  for await (const part of answer.setEncoding('utf8')) text += part;
  return JSON.parse(text);
}

/** What it could not do in that time it tells as level `none`. */
async function metering() {
  for (const until = Date.now() + 60_000; Date.now() < until; await after(200)) {
    const { level } = await get('/api/v1/host');
    if (level !== 'none') return;
  }
}

export function agentFacts({ notes }) {
  fact('notes', notes.length === 0 ? 'none' : notes.join('; '));
}
