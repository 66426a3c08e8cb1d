import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AddressWords, applicationName, findApplication, formatAddress } from '../../flow/index.ts';
import { oursFor, referenceFlows } from '../../packet/application/ndpi-results.testing.ts';
import { openCapture } from '../../packet/index.ts';
import { DEFAULT_METER, type FlowSink, type Flows, Metering } from '../index.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/fixtures/ndpi');
const present = existsSync(FOLDER);

/** Names by protocol and ends, in either order; of several records of a flow the one that has a name. */
class NamesByEnds implements FlowSink {
  readonly names = new Map<string, string>();

  flow(flows: Flows, slot: number): void {
    const end = (words: Uint32Array, port: number) => {
      const text = formatAddress([...words.subarray(4 * slot, 4 * slot + 4)] as unknown as AddressWords);
      return `${text}:${port}`;
    };
    const ends = [end(flows.srcAddr, flows.srcPort[slot]!), end(flows.dstAddr, flows.dstPort[slot]!)];
    const name = applicationName(flows.application[slot]!);
    for (const [a, b] of [ends, ends.toReversed()]) {
      const key = `${flows.protocol[slot]} ${a} ${b}`;
      this.names.set(key, name || (this.names.get(key) ?? ''));
    }
  }
}

async function namesIn(capture: string, biflow: boolean): Promise<Map<string, string>> {
  const sink = new NamesByEnds();
  // The reference has one flow for all packets of a key.
  const meter = { ...DEFAULT_METER, idleMs: 86_400_000, activeMs: null, maxFlows: 16_384, biflow };
  const metering = new Metering({ meter, dissect: { tunnels: 'outer' } }, sink);
  for await (const chunk of openCapture(join(FOLDER, 'pcap', capture))) {
    const { view, count, at, captured, original, linkType, timeMs } = chunk;
    for (let i = 0; i < count; i++)
      metering.packet(view, at[i]!, captured[i]!, original[i]!, linkType[i]!, timeMs[i]!, 0);
  }
  metering.meter.finish();
  return sink.names;
}

describe.skipIf(!present)(
  `names that a meter gives${present ? '' : ' (skipped: ../shared/fixtures is absent)'}`,
  () => {
    const verdicts = { right: 0, wrong: 0, missed: 0, named: 0, unknown: 0, differs: 0 };

    beforeAll(async () => {
      for (const capture of readdirSync(join(FOLDER, 'pcap'))) {
        const result = join(FOLDER, 'result', `${capture}.out`);
        if (!existsSync(result)) continue;
        const [uniflows, biflows] = [await namesIn(capture, false), await namesIn(capture, true)];
        for (const { protocol, ends, name } of referenceFlows(result)) {
          const key = `${protocol} ${ends.join(' ')}`;
          const ours = uniflows.get(key);
          if (ours === undefined) continue;
          if (ours !== biflows.get(key)) verdicts.differs += 1;
          if (name === '') verdicts[ours === '' ? 'unknown' : 'named'] += 1;
          else {
            const right = oursFor(name, (candidate) => findApplication(candidate) !== undefined);
            if (right.length === 0) continue;
            verdicts[ours === '' ? 'missed' : right.includes(ours) ? 'right' : 'wrong'] += 1;
          }
        }
      }
      if (process.env.WEIR_LABEL_SCORES) process.stdout.write(`${JSON.stringify(verdicts)}\n`);
    }, 360_000);

    it('are right for 97 of 100 flows that the reference names as well', () => {
      expect(verdicts.right).toBeGreaterThan(300);
      expect(verdicts.right / (verdicts.right + verdicts.wrong)).toBeGreaterThanOrEqual(0.97);
    });

    it('are given to fewer than 2 of 100 flows that the reference does not know', () => {
      expect(verdicts.named / (verdicts.named + verdicts.unknown)).toBeLessThan(0.02);
    });

    it('are the same for flows of one direction and of both', () => {
      expect(verdicts.differs).toBe(0);
    });
  },
);
