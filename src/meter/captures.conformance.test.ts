import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCapture } from '../packet/index.ts';
import { DEFAULT_METER, Metering } from './index.ts';
import { Kept } from './packets.testing.ts';

/** Of other projects; not everywhere. */
const FIXTURES = join(import.meta.dirname, '../../../shared/fixtures');

test.skipIf(!existsSync(FIXTURES))(
  'the larger capture of PcapPlusPlus has the flows that softflowd and nfpcapd find in it',
  async () => {
    const kept = new Kept();
    const metering = new Metering({ meter: DEFAULT_METER, dissect: { tunnels: 'inner' } }, kept);
    for await (const chunk of openCapture(join(FIXTURES, 'pcapplusplus/large/example.pcap'))) {
      const { view, at, captured, original, linkType, timeMs, interfaceId } = chunk;
      for (let i = 0; i < chunk.count; i++) {
        metering.packet(view, at[i]!, captured[i]!, original[i]!, linkType[i]!, timeMs[i]!, interfaceId[i]! + 1);
      }
    }
    metering.meter.finish();
    const of = (protocol: number) => kept.flows.filter((f) => f.protocol === protocol).length;
    expect([kept.flows.length, of(6), of(17), metering.meter.counts.packets]).toEqual([271, 132, 139, 4631]);
    expect(metering.meter.counts.duplicates).toBe(0);
  },
);
