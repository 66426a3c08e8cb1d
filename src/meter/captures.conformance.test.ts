import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dissectLink, FragmentPorts, newPacketFields, openCapture } from '../packet/index.ts';
import { DEFAULT_METER, Meter, type MeterOptions } from './index.ts';
import { Kept } from './packets.testing.ts';

const FIXTURES = join(import.meta.dirname, '../../../shared/fixtures');

async function metered(path: string, options: Partial<MeterOptions> = {}): Promise<{ meter: Meter; kept: Kept }> {
  const kept = new Kept();
  const meter = new Meter({ ...DEFAULT_METER, ...options }, kept);
  const fields = newPacketFields();
  const ports = new FragmentPorts();
  for await (const chunk of openCapture(join(FIXTURES, path))) {
    for (let i = 0; i < chunk.count; i++) {
      dissectLink(chunk.view, chunk.at[i]!, chunk.captured[i]!, chunk.linkType[i]!, fields, { tunnels: 'inner' });
      if (!fields.hasIp) continue;
      ports.apply(fields, chunk.timeMs[i]!);
      meter.packet(fields, chunk.original[i]!, chunk.timeMs[i]!, chunk.interfaceId[i]! + 1);
    }
  }
  meter.finish();
  return { meter, kept };
}

describe.skipIf(!existsSync(FIXTURES))('captures of other projects (../shared/fixtures)', () => {
  test('the larger capture has the flows that two other meters found in it', async () => {
    const { meter, kept } = await metered('pcapplusplus/large/example.pcap');
    const of = (protocol: number) => kept.flows.filter((f) => f.protocol === protocol).length;
    expect([kept.flows.length, of(6), of(17), meter.counts.packets]).toEqual([271, 132, 139, 4631]);
  });
});
