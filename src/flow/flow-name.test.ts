import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatAddress } from './address.ts';
import { formatFlowName, nameOfRecord } from './flow-name.ts';
import { parseFlowName } from './read-flow-name.ts';

it.each([
  ['tcp 10.0.0.1:40000 > 198.51.100.7:443', [6, '10.0.0.1', 40_000, '198.51.100.7', 443]],
  ['17 [2001:db8::1]:53 -> [2001:db8::2]:5353', [17, '2001:db8::1', 53, '2001:db8::2', 5353]],
  ['icmp 10.0.0.1 > 10.0.0.2', [1, '10.0.0.1', 0, '10.0.0.2', 0]],
])('%s is a flow', (text, [protocol, srcAddress, srcPort, dstAddress, dstPort]) => {
  expect(parseFlowName(text as string)).toMatchObject({ protocol, srcAddress, srcPort, dstAddress, dstPort });
});

it('a line of `weir flows --format jsonl` is one as well', () => {
  const record = { protocol: 6, src_addr: '10.0.0.1', src_port: 1, dst_addr: '10.0.0.2', dst_port: 2, start: 5_000 };
  expect(parseFlowName(JSON.stringify(record))).toEqual(nameOfRecord(record));
});

it.each([
  '',
  'tcp',
  'tcp 10.0.0.1:1',
  'tcp 10.0.0.1:99999 > 10.0.0.2:1',
  'nothing 10.0.0.1:1 > 10.0.0.2:1',
  '{',
  '999 10.0.0.1:1 > 10.0.0.2:1',
  'tcp 10.0.0.1:1 > 10.0.0.2:1 start 99999999999999999',
  '{"src_addr":"10.0.0.1 or any","dst_addr":"10.0.0.2","protocol":6}',
  '{"src_addr":"10.0.0.1","dst_addr":"10.0.0.2","protocol":6,"dst_port":"443 or any"}',
  '{"src_addr":"10.0.0.1","dst_addr":"10.0.0.2","protocol":6,"start":"yesterday"}',
])('%j is refused with an example', (text) => {
  expect(() => parseFlowName(text)).toThrow(/expected/);
});

it('the start of a record may be a moment as text', () => {
  const record = { src_addr: '10.0.0.1', dst_addr: '10.0.0.2', protocol: 6, start: '2026-11-22T09:30:00.000Z' };
  expect(parseFlowName(JSON.stringify(record)).start).toBe(Date.UTC(2026, 10, 22, 9, 30));
});

it('every name is read as it was written', () => {
  const address = fc
    .tuple(
      ...([0, 1, 2, 3].map(() => fc.nat(0xffff_ffff)) as [
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
        fc.Arbitrary<number>,
      ]),
    )
    .map((words) => formatAddress(words));
  const name = fc.record({
    protocol: fc.nat(255),
    srcAddress: address,
    srcPort: fc.nat(65_535),
    dstAddress: address,
    dstPort: fc.nat(65_535),
    start: fc.option(fc.nat(2_000_000_000_000)),
    exporter: fc.option(address),
  });
  fc.assert(
    fc.property(name, (of) => {
      expect(parseFlowName(formatFlowName(of))).toEqual(of);
    }),
  );
});
