import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { meterProgram } from '../src/ingest/piped-meter.testing.ts';
import { type ReadyProgram, startReady } from './ready-program.testing.ts';

const dist = (file: string) => fileURLToPath(new URL(`../dist/${file}`, import.meta.url));

/** Every machine has it; whom the agent becomes where nobody says it must be made first. */
const USER = process.getuid!() === 0 ? 'nobody' : null;

export interface TestAgent extends ReadyProgram {
  /** Of its processes, those that live now, the agent itself first. */
  pids(): number[];
}

/** The built agent with `meter` in place of its own, which needs rights that not every machine gives. */
export async function startAgent(data: string, meter: string, flags: object = {}): Promise<TestAgent> {
  const body = `
    import { startAgent } from ${JSON.stringify(dist('server/agent.js'))};
    const say = (text) => console.error(text);
    const log = { info: say, warn: say, error: say };
    const options = { data: ${JSON.stringify(data)}, user: ${JSON.stringify(USER)}, configFile: null, flags: ${JSON.stringify(flags)}, meter: ${JSON.stringify(meter)} };
    const agent = await startAgent(options, log).catch((error) => { say(error.message); process.exit(2); });
    process.on('SIGTERM', () => agent.stop().then(() => process.exit(0)));
    agent.failed.then((error) => { say(error.message); agent.stop().then(() => process.exit(1)); });
    console.log('ready');
  `;
  return withChildren(await startReady('the agent', ['--input-type=module', '-e', body]));
}

/** The built `weir agent`, as it is. */
export async function startWeirAgent(data: string, args: readonly string[] = []): Promise<TestAgent> {
  return withChildren(await startReady('weir agent', [dist('cli/main.js'), 'agent', '--data', data, ...args]));
}

function withChildren(program: ReadyProgram): TestAgent {
  return { ...program, pids: () => [program.pid, ...childrenOf(program.pid)] };
}

/** A program that stands for the meter, and that another user may read too. */
export function standInMeter(body: string, files: Readonly<Record<string, Buffer>> = {}): string {
  const path = meterProgram(body, files);
  chmodSync(dirname(path), 0o755);
  return path;
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

/** Of processes, in kB: what each has for itself, and the largest of what they share with others (the text of Node). */
export function memoryOf(pids: readonly number[]): { pss: number; alone: number; own: number } {
  let pss = 0;
  let own = 0;
  let shared = 0;
  for (const pid of pids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const of = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)![1]);
    pss += of('Pss');
    own += of('Private_Clean') + of('Private_Dirty');
    shared = Math.max(shared, of('Shared_Clean') + of('Shared_Dirty'));
  }
  return { pss, alone: own + shared, own };
}

/** Seconds of CPU that processes have taken. */
export function cpuSecondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

/** Names in a directory and below. */
export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' });
}
