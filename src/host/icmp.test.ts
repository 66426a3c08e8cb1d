import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEbpf } from './backend/ebpf-backend.ts';
import { LiveMeter } from './live-meter.testing.ts';
import { recordedMeter } from './table/host-meter.testing.ts';
import { makeTestCgroup, startInCgroup } from './test-cgroup.testing.ts';

/** A host with a wire that leads nowhere, behind which it believes that there is another. */
const { folder, refused: noPrograms } = makeTestCgroup('icmp');
const HERE = `weir-icmp-${process.pid}`;

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'ignore' });

function build(): string | null {
  if (noPrograms !== null) return noPrograms;
  try {
    execFileSync('ping', ['-V'], { stdio: 'ignore' });
  } catch {
    rmdirSync(folder);
    return 'no ping here';
  }
  ip('netns', 'add', HERE);
  ip('-n', HERE, 'link', 'set', 'lo', 'up');
  ip('-n', HERE, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far');
  ip('-n', HERE, 'addr', 'add', '192.0.2.1/24', 'dev', 'near');
  for (const end of ['near', 'far']) ip('-n', HERE, 'link', 'set', end, 'up');
  ip('-n', HERE, 'neigh', 'add', '192.0.2.7', 'lladdr', '02:00:00:00:00:07', 'dev', 'near');
  return null;
}
const refused = build();

describe.skipIf(refused !== null)(`messages of ICMP${refused ? ` (skipped: ${refused})` : ''}`, () => {
  let meter: LiveMeter;
  beforeAll(() => {
    meter = new LiveMeter(startEbpf({ cgroup: folder }));
    meter.sweep();
  });
  afterAll(() => {
    meter.meter.backend.close();
    ip('netns', 'del', HERE);
    rmdirSync(folder);
  });

  /** Records of what a command in the host makes, of one protocol: direction, type, code, packets, duplicate, outcome. */
  async function recordsOf(protocol: number, ...command: string[]): Promise<string[]> {
    meter.records.length = 0;
    const child = startInCgroup(folder, ['pipe', 'ignore', 'ignore'], ['ip', 'netns', 'exec', HERE, ...command]);
    await once(child, 'close');
    meter.meter.end(Date.now() + 2_000);
    return meter.records
      .filter((r) => r.protocol === protocol)
      .map((r) => {
        expect([r.src_port, r.dst_port]).toEqual([0, 0]);
        return `${r.flow_direction} ${r.icmp_type}/${r.icmp_code} ${r.raw_packets} ${r.outcome}`;
      });
  }

  it('of an echo and its answers are one flow, with the type of each direction', async () => {
    const told = await recordsOf(1, 'ping', '-c', '3', '-i', '0.2', '127.0.0.1');
    expect(told).toContain('egress 8/0 3 established');
    expect(told).toContain('ingress 0/0 3 established');
  });

  it('of ICMPv6 likewise', async () => {
    const told = await recordsOf(58, 'ping', '-6', '-c', '3', '-i', '0.2', '::1');
    expect(told).toContain('egress 128/0 3 established');
    expect(told).toContain('ingress 129/0 3 established');
  });

  it('that nobody answers are unanswered', async () => {
    expect(await recordsOf(1, 'ping', '-c', '2', '-i', '0.2', '-W', '1', '192.0.2.7')).toEqual([
      'egress 8/0 2 unanswered',
    ]);
  });
});

it('messages of ICMP that only tell have their code, and no outcome, and what is not known is not called an answer', () => {
  const { backend, meter, records } = recordedMeter();
  const message = { cookie: 1, local: '10.0.0.1', protocol: 1, tx: [56, 1] as [number, number], lastMs: 1_000 };
  backend.entries = [
    { ...message, remote: '10.0.0.2', localPort: 0x0303, remotePort: 0xffff },
    { ...message, remote: '10.0.0.3', localPort: 0xffff, remotePort: 0xffff },
  ];
  backend.own(1, 7, 'pinger');
  meter.turn(2_000, 1_000);
  meter.end(200_000);
  const told = records.map((r) => `${r.icmp_type}/${r.icmp_code} ${r.outcome} ${r.src_port} ${r.dst_port}`);
  expect(told).toEqual(['3/3 unknown 0 0', '255/255 unknown 0 0']);
});
