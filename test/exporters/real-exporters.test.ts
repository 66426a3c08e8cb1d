/**
 * Exporters that we did not write, all into one node: what the node counts is equal to the truth, which is what the traffic was made of,
 * what nfdump says of the same datagrams (nfcapd, sfcapd), what tshark reads in them, and the counters of the interfaces.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sleep } from '../node.testing.ts';
import { startPeerCollector } from './collectors.testing.ts';
import { type Judge, startJudge } from './judge.testing.ts';
import { withLinks } from './link.testing.ts';
import { nfreplay } from './nfreplay.testing.ts';
import type { ExporterView } from './node-view.testing.ts';
import { runPmacct, startPmacct } from './pmacct.testing.ts';
import { runSoftflowd } from './softflowd.testing.ts';
import { runSwitch, SWITCH_DOMAIN, SWITCH_ENGINE } from './switch.testing.ts';
import { makeTraffic, type Traffic } from './traffic.testing.ts';

const PACKETS = 6_000;
const CONVERSATIONS = 250;
/** Slow enough that a switch or a probe which does not get its turn for a tenth of a second loses nothing. */
const REPLAY_PACKETS_PER_SECOND = 2_000;
/** Random samplers: six standard deviations, where the stated 95 % error is 1.96. */
const ERRORS_ALLOWED = 3;

let court: Judge;
let ipv4: Traffic & { readonly file: string };
let mixed: Traffic & { readonly file: string };

beforeAll(async () => {
  court = await startJudge();
  const keep = (name: string, traffic: Traffic) => {
    const file = join(court.folder, `${name}.pcap`);
    writeFileSync(file, traffic.capture);
    return { ...traffic, file };
  };
  ipv4 = keep('ipv4', makeTraffic({ packets: PACKETS, conversations: CONVERSATIONS }));
  mixed = keep('mixed', makeTraffic({ packets: PACKETS, conversations: CONVERSATIONS, ipv6: true }));
});
afterAll(async () => {
  await court?.stop();
});

/** Of an exporter that does not sample. */
const unsampled = (traffic: { packets: number; ipBytes: number }, records: number) => ({
  records,
  bytes: traffic.ipBytes,
  packets: traffic.packets,
  rawBytes: traffic.ipBytes,
  rawPackets: traffic.packets,
  lost: 0,
  errors: {},
  rates: [1, 1],
  clockCorrected: 0,
});

describe.concurrent('softflowd', () => {
  test('NetFlow v5: flows, bytes and packets equal nfdump and the traffic', async () => {
    const { view, nfdump } = await court.judge('127.0.1.1', 'nfcapd', (port, own) =>
      runSoftflowd({ version: 5, capture: ipv4.file, port, folder: own }),
    );
    expect(nfdump).toEqual({ records: ipv4.uniflows, bytes: ipv4.ipBytes, packets: PACKETS, sequenceFailures: 0 });
    expect(view).toMatchObject({ ...unsampled(ipv4, nfdump.records), domains: [0] });
  });

  test('NetFlow v9 with IPv6: flows, bytes and packets equal nfdump and the traffic', async () => {
    const { view, nfdump } = await court.judge('127.0.1.2', 'nfcapd', (port, own) =>
      runSoftflowd({ version: 9, capture: mixed.file, port, folder: own }),
    );
    expect(nfdump).toEqual({ records: mixed.uniflows, bytes: mixed.ipBytes, packets: PACKETS, sequenceFailures: 0 });
    expect(view).toMatchObject({ ...unsampled(mixed, nfdump.records), domains: [0] });
  });

  // softflowd's IPFIX sequence number counts the records of the message itself too: nfcapd takes it for gaps.
  test('IPFIX: flows, bytes and packets equal nfdump and the traffic; its own way of counting is no loss', async () => {
    const { view, nfdump } = await court.judge('127.0.1.3', 'nfcapd', (port, own) =>
      runSoftflowd({ version: 10, capture: mixed.file, port, folder: own, absoluteTimes: true }),
    );
    expect(nfdump).toMatchObject({ records: mixed.uniflows, bytes: mixed.ipBytes, packets: PACKETS });
    expect(view).toMatchObject({ ...unsampled(mixed, nfdump.records), domains: [0] });
  });

  test('IPFIX biflows: a row for each record, and one for each reverse direction that has packets', async () => {
    const { view, nfdump, tshark } = await court.judge('127.0.1.4', 'nfcapd', (port, own) =>
      runSoftflowd({ version: 10, capture: mixed.file, port, folder: own, absoluteTimes: true, biflows: true }),
    );
    expect(tshark).toMatchObject({ records: nfdump.records, octets: mixed.ipBytes, packets: PACKETS });
    expect(view).toMatchObject(unsampled(mixed, tshark.directions));
  });

  test.each([
    { version: 9, exporter: '127.0.1.5' },
    { version: 10, exporter: '127.0.1.6' },
  ] as const)('version $version, one packet in 10: scaled by what its options say', async ({ version, exporter }) => {
    const { view, tshark } = await court.judge(exporter, 'nfcapd', (port, own) =>
      runSoftflowd({ version, capture: mixed.file, port, folder: own, sampling: 10, absoluteTimes: version === 10 }),
    );
    expect(tshark.packets).toBe(PACKETS / 10);
    expect(view).toMatchObject({
      ...{ records: tshark.records, rawBytes: tshark.octets, rawPackets: tshark.packets },
      ...{ bytes: tshark.octets * 10, packets: PACKETS, lost: 0, errors: {}, origins: ['options'], rates: [10, 10] },
    });
    expect(Math.abs(view.bytes - mixed.ipBytes)).toBeLessThan((await court.statedError(exporter)).bytes);
  });
});

describe.concurrent('pmacct nfprobe', () => {
  test.each([
    { version: 5, exporter: '127.0.2.1', engine: '3:7', domain: 3 * 256 + 7 },
    { version: 9, exporter: '127.0.2.2', engine: '77', domain: 77 },
    { version: 10, exporter: '127.0.2.3', engine: '88', domain: 88 },
  ] as const)('version $version: flows, bytes and packets equal nfdump and the traffic', async (given) => {
    const { version, engine } = given;
    const traffic = version === 5 ? ipv4 : mixed;
    const { view, nfdump } = await court.judge(given.exporter, 'nfcapd', (port, own) =>
      runPmacct({ export: { plugin: 'nfprobe', version, engine }, port, folder: own }, traffic.file),
    );
    const { uniflows: records, ipBytes: bytes } = traffic;
    expect(nfdump).toEqual({ records, bytes, packets: PACKETS, sequenceFailures: 0 });
    expect(view).toMatchObject({ ...unsampled(traffic, records), domains: [given.domain] });
  });

  test.each([
    { version: 5, exporter: '127.0.2.4', origins: ['record'] },
    { version: 9, exporter: '127.0.2.5', origins: ['options'] },
    { version: 10, exporter: '127.0.2.6', origins: ['options'] },
  ] as const)('version $version, one packet in 10 at random: scaled by what it signals', async (given) => {
    const { version, exporter } = given;
    const traffic = version === 5 ? ipv4 : mixed;
    const { view, tshark } = await court.judge(exporter, 'nfcapd', (port, own) =>
      runPmacct({ export: { plugin: 'nfprobe', version }, port, folder: own, sampling: 10 }, traffic.file),
    );
    expect(view).toMatchObject({
      ...{ records: tshark.records, rawBytes: tshark.octets, rawPackets: tshark.packets },
      ...{ bytes: tshark.octets * 10, packets: tshark.packets * 10, lost: 0, errors: {} },
      ...{ origins: given.origins, rates: [10, 10] },
    });
    await expectWithinStatedError(exporter, view, traffic);
  });
});

describe.concurrent('nfreplay', () => {
  test.each([
    { version: 5, exporter: '127.0.3.1' },
    { version: 9, exporter: '127.0.3.2' },
  ] as const)('version $version of what nfcapd stored: equal to the traffic', async ({ version, exporter }) => {
    const traffic = version === 5 ? ipv4 : mixed;
    const stored = await startPeerCollector('nfcapd', join(court.folder, `stored-${version}`));
    try {
      await runSoftflowd({ version: 9, capture: traffic.file, port: stored.port, folder: court.folder });
    } finally {
      await stored.finish();
    }
    const { view, nfdump } = await court.judge(exporter, 'nfcapd', (port) =>
      nfreplay(join(court.folder, `stored-${version}`), version, port),
    );
    expect(nfdump).toMatchObject({ records: traffic.uniflows, bytes: traffic.ipBytes, packets: PACKETS });
    // Its clock is an hour ahead: the times are corrected, and said to be.
    const { clockCorrected: _, ...expected } = unsampled(traffic, traffic.uniflows);
    expect(view).toMatchObject(expected);
  });
});

describe.concurrent('pmacct sfprobe on an interface', () => {
  test.each([
    { sampling: 1, exporter: '127.0.4.1' },
    { sampling: 10, exporter: '127.0.4.2' },
  ])('sFlow, one packet in $sampling: packets equal sfcapd, bytes are those of the IP packets', async (given) => {
    const { sampling, exporter } = given;
    const { view, nfdump, tshark } = await court.judge(exporter, 'sfcapd', async (port, own) =>
      withLinks(1, async ([link]) => {
        const probe = { plugin: 'sfprobe', agentAddress: '192.0.2.77' } as const;
        const pmacct = await startPmacct({ export: probe, port, folder: own, sampling }, link!.name);
        await link!.replay(mixed.file, REPLAY_PACKETS_PER_SECOND);
        await sleep(2_500);
        await pmacct.stop('SIGINT');
        expect(link!.counters()).toMatchObject({ rxPackets: PACKETS, rxBytes: mixed.frameBytes });
      }),
    );
    expect(view).toMatchObject({
      ...{ records: tshark.records, rawPackets: tshark.records, packets: nfdump.packets, lost: 0, errors: {} },
      ...{ rawBytes: tshark.octets, bytes: tshark.octets * sampling, rates: [sampling, sampling] },
    });
    if (sampling === 1) expect(view).toMatchObject({ packets: PACKETS, bytes: mixed.ipBytes });
    else await expectWithinStatedError(exporter, view, mixed);
  });
});

describe.concurrent('Open vSwitch on its user-space datapath', () => {
  const run = (exporters: Parameters<typeof runSwitch>[1]['exporters'], sampling: number, capture: string) =>
    runSwitch(court, { exporters, sampling, capture, packetsPerSecond: REPLAY_PACKETS_PER_SECOND });
  // Version 5 of NetFlow, all that it exports beside IPFIX, has no IPv6.
  const exact = once(() => run({ netflow: '127.0.5.1', sflow: '127.0.5.2', ipfix: '127.0.5.3' }, 1, ipv4.file));
  const sampled = once(() => run({ sflow: '127.0.5.4', ipfix: '127.0.5.5' }, 10, mixed.file));

  // Its octets are those of the frames, and its sequence number is that of a datagram's last record, where others write the first:
  // nfcapd takes it for gaps.
  test('NetFlow: flows, bytes and packets equal nfdump and the counters of the interface', async () => {
    const { counted: counters, judged } = await exact();
    expect(counters.packets).toBeGreaterThan(PACKETS / 2);
    const { view, nfdump } = judged.netflow!;
    expect(nfdump).toMatchObject({ bytes: counters.frameBytes, packets: counters.packets });
    const frames = { packets: counters.packets, ipBytes: counters.frameBytes };
    expect(view).toMatchObject({
      ...unsampled(frames, nfdump.records),
      domains: [SWITCH_ENGINE.engineType * 256 + SWITCH_ENGINE.engineId],
    });
  });

  test('sFlow of every packet: equal to sfcapd and to the counters of the interface', async () => {
    const { counted: counters, judged } = await exact();
    const { view, nfdump } = judged.sflow!;
    expect(nfdump).toMatchObject({ records: counters.packets, packets: counters.packets, sequenceFailures: 0 });
    expect(view).toMatchObject({ ...unsampled(counters, counters.packets) });
  });

  // It meters a packet where it comes in and where it goes out, and sends totals of the whole domain (85, 86) beside the deltas (1, 2)
  // of the flow: nfcapd adds up the totals.
  test('IPFIX: equal to tshark and to the counters of both interfaces', async () => {
    const { counted: counters, judged } = await exact();
    const { view, tshark } = judged.ipfix!;
    const both = { packets: 2 * counters.packets, ipBytes: 2 * counters.ipBytes };
    expect(tshark).toMatchObject({ octets: both.ipBytes, packets: both.packets });
    expect(view).toMatchObject({ ...unsampled(both, tshark.records), domains: [SWITCH_DOMAIN] });
  });

  test('sFlow, one packet in 10: packets equal sfcapd, and the counters of the interface within the stated error', async () => {
    const { counted: counters, judged } = await sampled();
    const { view, nfdump, tshark } = judged.sflow!;
    expect(view).toMatchObject({
      ...{ records: tshark.records, rawPackets: tshark.records, packets: nfdump.packets, lost: 0, errors: {} },
      ...{ rawBytes: tshark.octets, bytes: tshark.octets * 10, rates: [10, 10] },
    });
    await expectWithinStatedError('127.0.5.4', view, counters);
  });

  // It multiplies its deltas itself and says nothing of sampling: what it exports is what counts.
  test('IPFIX, one packet in 10: as exported', async () => {
    const { view, tshark } = (await sampled()).judged.ipfix!;
    expect(view).toMatchObject({
      ...unsampled({ packets: tshark.packets, ipBytes: tshark.octets }, tshark.records),
      domains: [SWITCH_DOMAIN],
    });
  });
});

async function expectWithinStatedError(
  exporter: string,
  view: ExporterView,
  truth: { packets: number; ipBytes: number },
) {
  const error = await court.statedError(exporter);
  expect(error.bytes).toBeGreaterThan(0);
  expect(Math.abs(view.packets - truth.packets)).toBeLessThan(ERRORS_ALLOWED * error.packets);
  expect(Math.abs(view.bytes - truth.ipBytes)).toBeLessThan(ERRORS_ALLOWED * error.bytes);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
