import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../flow/index.ts';
import { openCapture } from '../packet/index.ts';
import { datagram, flowSample, rawHeader, Bench as SflowBench } from './sflow/sflow.testing.ts';
import { message10, set, Bench as TemplateBench, template10, V, variable } from './template.testing.ts';

const FIXTURES = new URL('../../../shared/fixtures/', import.meta.url).pathname;
/** What agents send of a frame unless told otherwise. */
const SAMPLED_BYTES = 128;

type Frame = readonly number[];

async function framesOf(capture: string): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const { count, view, at, captured } of openCapture(FIXTURES + capture)) {
    for (let i = 0; i < count; i++)
      frames.push([...new Uint8Array(view.buffer, view.byteOffset + at[i]!, captured[i]!)]);
  }
  return frames;
}

function sampled(frame: Frame): Record<string, JsonValue> {
  const bench = new SflowBench();
  bench.read(datagram([flowSample([rawHeader(frame.slice(0, SAMPLED_BYTES), { length: frame.length })])]));
  return bench.row(0);
}

/** Of dataLinkFrameSection (315) in an IPFIX record. */
function section(frame: Frame): Record<string, JsonValue> {
  const content = variable(frame.slice(0, SAMPLED_BYTES));
  return new TemplateBench().take(message10([template10(256, [[315, V]]), set(256, content)]))[0]!;
}

/** How many rows have each protocol, kind of IPsec and SPI. */
function counted(rows: readonly Record<string, JsonValue>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { protocol, ipsec, spi } of rows) {
    const key = `${protocol} ${ipsec ?? 'none'} ${Number(spi ?? 0).toString(16)}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** SPIs and counts of packets as tshark 4 gives them. */
describe.skipIf(!existsSync(`${FIXTURES}zeek-spicy-ipsec`))(
  'packets of IPsec in samples and packet sections (../shared/fixtures)',
  () => {
    it.each([
      [
        'ESP and IKE',
        'zeek-spicy-ipsec/traces/ipsec.cap',
        { '50 opaque 879355b': 7, '50 opaque 1c0d7b38': 9, '17 none 0': 11 },
      ],
      [
        'ESP behind AH',
        'zeek-spicy-ipsec/traces/IPsec_ESP-AH_tunnel_mode.cap',
        { '50 opaque 48dac2e4': 5, '50 opaque fb5128a6': 5 },
      ],
      ['AH over IPv6', 'tcpdump/OSPFv3_with_AH.pcap', { '89 ah 100': 61 }],
    ])('%s', async (_, capture, expected) => {
      const frames = await framesOf(capture);
      expect(counted(frames.map(sampled))).toEqual(expected);
      expect(counted(frames.map(section))).toEqual(expected);
    });
  },
);

describe('packets of IPsec in samples and packet sections', () => {
  const plain: Frame = [...new Array<number>(12).fill(2), 8, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 61, 17, 0, 0]
    .concat([192, 0, 2, 1, 192, 0, 2, 2])
    .concat([0, 53, 0, 53, 0, 8, 0, 0]);
  const esp = [...plain];
  esp[23] = 50;

  it('a row says nothing of the row before, in the same batch', () => {
    const bench = new SflowBench();
    const samples = [esp, plain, esp, plain].map((frame) => flowSample([rawHeader(frame)]));
    bench.read(datagram(samples));
    const rows = samples.map((_, i) => bench.row(i));
    expect(rows.map(({ ipsec, spi }) => [ipsec, spi])).toEqual([
      ['opaque', 0x350035],
      [undefined, undefined],
      ['opaque', 0x350035],
      [undefined, undefined],
    ]);
  });
});
