import { writeSync } from 'node:fs';
import { asWeirError, systemClock } from '../base/index.ts';
import type { ActiveQuery, HostMeterOptions, LiveQuery, MeterOrder, MeterReport, OpenFlows } from '../ingest/index.ts';
import { chooseBackend } from './choose-backend.ts';
import { giveUpRights } from './give-up-rights.ts';
import { hostNameOf, MeteringSession } from './metering-session.ts';
import type { Policy } from './policy/policy.ts';

/**
 * The process that meters this host, and alone has the rights for it. It writes IPFIX messages to its standard output and talks to nobody but its parent: when
 * that is gone, it ends.
 */
const STATUS_MS = 1_000;
const STANDARD_OUTPUT = 1;

let session: MeteringSession | null = null;
let timer: NodeJS.Timeout | null = null;
let listening: NodeJS.Timeout | null = null;
let dueMs = 0;
let statusMs = Number.NEGATIVE_INFINITY;

function report(message: MeterReport): void {
  if (process.connected) process.send!(message);
}

/** Waits where the parent does not read: what the kernel counts meanwhile is in the next sweep. */
function write(message: Uint8Array): void {
  try {
    for (let at = 0; at < message.length; ) at += writeSync(STANDARD_OUTPUT, message, at);
  } catch (error) {
    // The parent is gone, and nobody else reads.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0);
    throw error;
  }
}

function start(options: HostMeterOptions, policy: Policy | null): void {
  const open = chooseBackend(options.serverNames);
  session = new MeteringSession(options, open, policy, write);
  session.say(giveUpRights(options.guests !== null));
  turn();
  if (options.guests !== null) listen();
}

/** Packets of guests wait in rings that hold a part of a second. */
function listen(): void {
  listening = setTimeout(listen, session!.listen(systemClock.now()));
}

function turn(): void {
  const nowMs = systemClock.now();
  const wait = session!.turn(nowMs);
  if (nowMs - statusMs >= STATUS_MS || nowMs < statusMs) {
    statusMs = nowMs;
    report(session!.status());
  }
  schedule(nowMs, wait);
}

function schedule(nowMs: number, wait: number): void {
  if (timer !== null) clearTimeout(timer);
  dueMs = nowMs + wait;
  timer = setTimeout(turn, wait);
}

function watch(id: number, query: LiveQuery): void {
  const nowMs = systemClock.now();
  session!.watch(query, nowMs, (answer) => report({ type: 'live', id, answer }));
  const wait = session!.watchedWait(nowMs);
  if (nowMs + wait < dueMs) schedule(nowMs, wait);
}

function stop(): void {
  if (timer !== null) clearTimeout(timer);
  if (listening !== null) clearTimeout(listening);
  session?.end(systemClock.now());
  session = null;
  process.exit(0);
}

/** Null where it cannot be said: no question may end the metering. */
function activeOf(from: MeteringSession, query: ActiveQuery): OpenFlows | null {
  try {
    return from.active(query, systemClock.now());
  } catch (error) {
    process.stderr.write(`open flows could not be looked through: ${asWeirError(error).message}\n`);
    return null;
  }
}

function obey(order: MeterOrder): void {
  if (order.type === 'configure' && session === null) void configure(order.options);
  else if (order.type === 'active' && session !== null) {
    const { type, id, query } = order;
    report({ type, id, answer: activeOf(session, query) });
  } else if (order.type === 'live' && session !== null) watch(order.id, order.query);
  else if (order.type === 'stop') stop();
}

/** What reads a policy takes 8 MB (schemas, YAML, filters), which a host without one does not need. */
async function policyOf(options: HostMeterOptions): Promise<Policy | null> {
  const { policyFile, stateDirectory } = options;
  if (policyFile === null) return null;
  const { loadPolicy } = await import('./policy/load-policy.ts');
  return loadPolicy(policyFile, { stateDirectory, hostName: hostNameOf(options) });
}

/** What it is told may be wrong, a policy for one: then there must be no metering. */
async function configure(options: HostMeterOptions): Promise<void> {
  try {
    start(options, await policyOf(options));
  } catch (error) {
    const { code, message } = asWeirError(error);
    session = null;
    report({ type: 'failed', code, message });
  }
}

process.on('message', obey);
process.on('disconnect', stop);
// The parent stops this process, not whoever interrupts it in its terminal, or ends all processes of a service at once: what is open must be told to a parent that still takes it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
