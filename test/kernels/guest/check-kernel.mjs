// Runs in a guest that has nothing else to do: the agent meters it, programs make traffic, and what the agent answers must be what this kernel counted.
import { readFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { agentFacts, startAgent } from './agent.mjs';
import { interfaceTraffic } from './interface-traffic.mjs';
import { outcomes } from './outcomes.mjs';
import { judgePrograms } from './programs-loaded.mjs';
import { serverNames } from './server-names.mjs';
import { shortLived } from './short-lived.mjs';
import { check, end, fact } from './tell.mjs';
import { wireguard } from './wireguard.mjs';

/** Longer than a flow is kept open for what may follow its end, on a machine that emulates each instruction. */
const SETTLE_MS = 6_000;
/** Each makes its traffic, then gives what judges the records of it. */
const SCENARIOS = [interfaceTraffic, shortLived, outcomes, serverNames, wireguard];

const agent = await startAgent();
const host = await agent.get('/api/v1/host');
const programs = judgePrograms(host);
agentFacts(host);

const judges = [];
for (const scenario of SCENARIOS) {
  try {
    judges.push(await scenario(agent, programs));
  } catch (error) {
    check(scenario.name, false, error.message);
  }
}
await after(SETTLE_MS);
const records = await agent.records();
for (const judge of judges) await judge(records);
const status = await agent.get('/api/v1/host');
check('packets in no flow', status.counters.unmetered_packets === 0, `${status.counters.unmetered_packets}`);
check('restarts of the meter', status.restarts === 0, `${status.restarts}`);
fact('memory in use', memoryInUse());
await agent.stop();
end();
process.exit(0);

function memoryInUse() {
  const info = readFileSync('/proc/meminfo', 'utf8');
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(info)[1]);
  return `${Math.round((of('MemTotal') - of('MemAvailable')) / 1024)} of ${Math.round(of('MemTotal') / 1024)} MiB`;
}
