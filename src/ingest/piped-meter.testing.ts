import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_HOME } from '../label/index.ts';
import { flowEncoder } from '../wire/index.ts';
import type { HostMeterOptions } from './piped-messages.ts';

export const METER_OPTIONS: HostMeterOptions = {
  name: 'a1',
  exportPeriodMs: 300_000,
  policyFile: null,
  stateDirectory: '/nonexistent',
  serverNames: false,
  guests: null,
  ownTraffic: false,
  ownPids: [],
  cpuPercent: 5,
  maxFlows: 100_000,
  proxyLog: null,
  forwarded: false,
  networks: NO_HOME,
};

/** Messages as a meter writes them: so many flows of one process, one a message. */
export function meterMessages(flows: number, nowMs: number): Buffer[] {
  const messages: Buffer[] = [];
  const encoder = flowEncoder('ipfix', {
    domain: 1,
    mtu: 1_400,
    refreshDatagrams: 0,
    refreshMs: 0,
    send: (bytes) => messages.push(Buffer.from(bytes)),
  });
  for (let i = 0; i < flows; i++) {
    encoder.add(
      {
        src_addr: '192.0.2.1',
        dst_addr: '198.51.100.7',
        src_port: 40_000 + i,
        dst_port: 443,
        protocol: 6,
        raw_bytes: 1_000 + i,
        raw_packets: 10,
        start: nowMs - 2_000,
        end: nowMs - 1_000,
        process: 'curl',
        user: 'alice',
        pid: 4_711,
        host: 'a1',
      },
      nowMs,
    );
    encoder.flush(nowMs);
  }
  return messages;
}

/**
 * A program that stands for a meter: `body` has `send(report)`, `write(name)` for the bytes of one of `files`, and `orders`, called with each order.
 */
export function meterProgram(body: string, files: Readonly<Record<string, Buffer>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-meter-'));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const path = join(folder, 'meter.mjs');
  writeFileSync(
    path,
    `import { readFileSync, writeSync, existsSync, writeFileSync } from 'node:fs';
const file = (name) => new URL(name, import.meta.url);
const send = (report) => process.send(report);
const write = (name) => writeSync(1, readFileSync(file(name)));
const status = (level = 'ebpf', notes = []) => send({ type: 'status', level, notes, counters: { open: 7 } });
process.on('disconnect', () => process.exit(0));
let orders = (order) => order.type === 'stop' && process.exit(0);
process.on('message', (order) => orders(order));
${body}
`,
  );
  return path;
}
