import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LITTLE, pcapHeader, pcapRecord } from '../captures.testing.ts';
import { bytes, ethernet, ipv4, tcp, udp } from '../frames.testing.ts';
import { DATABASES, FILES, QUEUES } from './data-samples.testing.ts';
import type { Sample } from './samples.testing.ts';
import { CHAT, CONTROL, GAMES, INDUSTRY, PEERS, PROCEDURES, SMALL, TUNNELS, VOICE } from './talk-samples.testing.ts';

const SAMPLES = [
  ...[DATABASES, QUEUES, FILES, VOICE, PROCEDURES, TUNNELS, CHAT, PEERS, INDUSTRY, CONTROL, GAMES, SMALL].flat(),
].filter(({ tshark }) => tshark !== undefined);
const TSHARK = 'tshark';
const ETHERNET_IPV4 = 0x0800;

const hasTshark = (() => {
  try {
    execFileSync(TSHARK, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Each sample is a packet between hosts of its own, so that none is taken for the flow of another. */
function frameOf({ around, bytes: payload }: Sample, i: number): Uint8Array<ArrayBuffer> {
  const { protocol, from, to } = around;
  const packet = protocol === 6 ? tcp(from, to, 0x18, payload) : udp(from, to, payload);
  return ethernet(ETHERNET_IPV4, ipv4(protocol, packet, { src: `10.0.${i}.1`, dst: `10.0.${i}.2` }));
}

/** The layers of each packet, as tshark names them. */
function layersOf(samples: readonly Sample[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'weir-samples-'));
  try {
    const path = join(folder, 'samples.pcap');
    writeFileSync(
      path,
      bytes(
        pcapHeader(LITTLE, 0xa1b2c3d4),
        ...samples.map((sample, i) => pcapRecord(LITTLE, 1, i, frameOf(sample, i))),
      ),
    );
    const output = execFileSync(TSHARK, ['-n', '-r', path, '-T', 'fields', '-e', 'frame.protocols'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.toString().trimEnd().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.skipIf(!hasTshark)(`samples of payloads${hasTshark ? '' : ' (skipped: tshark is not installed)'}`, () => {
  const layers = hasTshark ? layersOf(SAMPLES) : [];

  it.each(SAMPLES.map((sample, i) => [sample.application, sample.tshark!, i] as const))(
    '%s is %s for tshark as well',
    (_, name, i) => {
      expect(layers[i]!).toMatch(new RegExp(`:${name}(:|$)`));
    },
  );
});
