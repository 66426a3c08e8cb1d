import { describe, expect, it } from 'vitest';
import type { Gap } from '../../truth/index.ts';
import { storesOfEachTest } from '../store.testing.ts';
import { dataQuality } from './data-quality.ts';
import { type ExporterFigures, troublesOf } from './data-troubles.ts';
import type { ExporterLine } from './exporters.ts';
import { reportAnswerSchema } from './report.ts';

const store = storesOfEachTest();

const WELL: ExporterFigures = {
  lost_percent: 0,
  clock_corrected: 0,
  records: 100,
  silent_s: 10,
  silences: null,
  counted_percent: 98,
  node_drops: 0,
};
const LINE = {
  errors: {},
  held: 0,
  exporter_drops: 0,
  unmetered_packets: 0,
  cause: null,
  remedy: null,
} as unknown as ExporterLine;

describe('what is wrong with the data of an exporter', () => {
  it('is nothing where all is well', () => {
    expect(troublesOf([LINE], WELL)).toEqual([]);
    expect(troublesOf([LINE], { ...WELL, silent_s: null, counted_percent: null, lost_percent: null })).toEqual([]);
  });

  it.each<[string, Partial<ExporterLine>, Partial<ExporterFigures>, RegExp, RegExp]>([
    ['loss on the way', {}, { lost_percent: 2.5 }, /2\.5 % of its records/, /on the way/],
    ['loss here', {}, { lost_percent: 2.5, node_drops: 7 }, /2\.5 %/, /this node dropped 7 datagrams/],
    ['silence', {}, { silent_s: 7_200 }, /nothing came for 120 min/, /is down/],
    [
      'an unknown rate',
      { cause: 'it has said nothing', remedy: 'wait' },
      {},
      /rate is not known/,
      /it has said nothing/,
    ],
    [
      'missing templates',
      { errors: { no_template: 3 } },
      {},
      /3 sets of data were given up/,
      /before it told its templates/,
    ],
    ['what cannot be read', { errors: { bad_length: 4 } }, {}, /4 datagrams/, /bad_length 4/],
    ['its own drops', { exporter_drops: 9 }, {}, /did not send 9 flows/, /cache is full/],
    ['its clock', {}, { clock_corrected: 5 }, /times of 5 of 100 records/, /clock is wrong/],
    ['too few flows', {}, { counted_percent: 40 }, /40 % of what its interfaces counted/, /too low/],
    ['too many flows', {}, { counted_percent: 200 }, /200 %/, /too high/],
  ])('is told with a cause and what to do: %s', (_, line, figures, what, cause) => {
    const [trouble, ...more] = troublesOf([{ ...LINE, ...line }], { ...WELL, ...figures });
    expect(more).toEqual([]);
    expect(trouble!.what).toMatch(what);
    expect(trouble!.cause).toMatch(cause);
    expect(trouble!.fix.length).toBeGreaterThan(3);
  });
});

it('the report has a line for each exporter, over its streams, and nothing is silent in a range that is over', async () => {
  const T = 1_700_000_040_000;
  const times = { time: T, start: T - 1_000, end: T, received: T };
  const flow = (exporter: string, domain: number, more = {}) => ({
    ...times,
    exporter,
    domain,
    protocol: 6,
    raw_bytes: 10,
    raw_packets: 1,
    ...more,
  });
  const s = await store([flow('192.0.2.1', 1), flow('192.0.2.1', 2, { sampling: 8 }), flow('192.0.2.2', 1)]);
  const past = await dataQuality.run(s, { from: T - 60_000, to: T + 60_000 }, { now: T + 86_400_000 });
  reportAnswerSchema.parse(JSON.parse(JSON.stringify(past)));
  expect(
    past.data.exporters.map(({ exporter, records, min_rate, max_rate, troubles }) => [
      exporter,
      records,
      min_rate,
      max_rate,
      troubles,
    ]),
  ).toEqual([
    ['192.0.2.1', 2, 1, 8, []],
    ['192.0.2.2', 1, 1, 1, []],
  ]);
  const now = await dataQuality.run(s, { from: T - 60_000 }, { now: T + 7_200_000 });
  expect(now.data.exporters.map(({ troubles }) => troubles.map((t) => t.what))).toEqual([
    ['nothing came for 120 min'],
    ['nothing came for 120 min'],
  ]);
});

it('sets the losses of an exporter beside all that it told, whatever is asked for: a part of its records would make them great', async () => {
  const T = 1_700_000_040_000;
  const exporter = '192.0.2.1';
  const times = { time: T, start: T - 1_000, end: T, received: T };
  const flows = [6, 6, 6, 17].map((protocol) => ({
    ...times,
    exporter,
    domain: 1,
    protocol,
    raw_bytes: 10,
    raw_packets: 1,
  }));
  const counts = { datagrams: 2, records: 4, lost: 1 };
  const s = await store(flows, { ledger: [{ minute: T, exporter, domain: 1, counts }] });
  const range = { from: T - 60_000, to: T + 60_000 };
  const answer = await dataQuality.run(s, { ...range, filter: 'udp' }, { now: T + 86_400_000 });
  expect(answer.data.exporters).toMatchObject([{ records: 4, lost_percent: 20 }]);
  expect(answer.data).toEqual((await dataQuality.run(s, range, { now: T + 86_400_000 })).data);
});

it('sets flows beside what interfaces counted, where any did; not for callers who may see a part of the flows', async () => {
  const T = 1_700_000_040_000;
  const exporter = '192.0.2.1';
  const times = { time: T, start: T - 60_000, end: T, received: T };
  const flows = [1, 2].map((in_if) => ({ ...times, exporter, domain: 1, protocol: 6, in_if, raw_bytes: 6_000 }));
  const counts = { if_in_octets: 6_000, if_out_octets: 0, if_seconds: 60 };
  const counted = await store(flows, { ledger: [{ minute: T, exporter, domain: 1, interface: 1, counts }] });
  const percentOf = async (s: typeof counted, options = {}) => {
    const range = { from: T - 60_000, to: T + 60_000 };
    const { data } = await dataQuality.run(s, range, { now: T + 86_400_000, ...options });
    return data.exporters.map(({ counted_percent }) => counted_percent);
  };
  expect(await percentOf(counted)).toEqual([50]);
  expect(await percentOf(counted, { limit: 'net 10.0.0.0/8' })).not.toContain(50);
  expect(await percentOf(await store(flows))).toEqual([null]);
});

it('tells who was silent in the range and sent again, also where nothing of it is stored', async () => {
  const T = 1_700_000_040_000;
  const HOUR = 3_600_000;
  const flow = { time: T + HOUR, start: T, end: T, received: T, exporter: '192.0.2.1', domain: 1, raw_bytes: 10 };
  const silent: Gap = {
    ...{ from: T, to: T + 6 * HOUR, cause: 'silent', exporter: '192.0.2.2', domain: 1 },
    ...{ share: 0.03, share_bytes: 0.44 },
  };
  const s = await store([flow], { measured: { gaps: [silent], imported: [] } });
  const past = await dataQuality.run(s, { from: T, to: T + 3 * HOUR }, { now: T + 86_400_000 });
  reportAnswerSchema.parse(JSON.parse(JSON.stringify(past)));
  const [first, second] = past.data.exporters;
  expect(first).toMatchObject({ exporter: '192.0.2.2', records: 0, silences: { times: 1, ms: 3 * HOUR, share: 0.44 } });
  expect(first!.troubles).toEqual([
    expect.objectContaining({
      what: expect.stringContaining('nothing came for 180 min of the range'),
      fix: expect.stringContaining('usually 44 % of all bytes'),
    }),
  ]);
  expect(second).toMatchObject({ exporter: '192.0.2.1', silences: null, troubles: [] });
});
