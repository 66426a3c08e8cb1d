import { describe, expect, it } from 'vitest';
import type { AnsweredGraph } from '../../chart/index.ts';
import type { QueryAnswer } from '../../query/index.ts';
import { drawPicture } from './graph-picture.ts';
import { broken, escaped } from './picture-layout.ts';
import type { PictureOrder } from './picture-order.ts';
import { textWidth } from './text-width.ts';

const T = Date.UTC(2026, 10, 21, 12);
const STEP = 300_000;
const PNG = [0x89, 0x50, 0x4e, 0x47];
const buckets = [1, 0, 0.5, 1].map((measured, i) => ({
  time: T + i * STEP,
  measured,
  total: { bytes: 9 },
  other: null,
}));

function answerOf(names: readonly string[], rows: readonly unknown[][]): QueryAnswer {
  const columns = names.map((name) => {
    const isNumber = name === 'time' || name === 'bytes';
    return { name, type: isNumber ? 'integer' : 'text', unit: name === 'bytes' ? 'bytes' : null };
  });
  return { plan: { bucket_ms: STEP }, columns, rows, buckets, other: null, total: {} } as unknown as QueryAnswer;
}

const overTime = (name: string, chart: 'stacked' | 'heatmap' = 'stacked'): AnsweredGraph => ({
  ...{ of: 'time', chart, by: ['site'], metric: 'bytes', absent: 0, before: null },
  answer: answerOf(
    ['time', 'site', 'bytes'],
    [
      [T, name, 1_500],
      [T + STEP * 3, name, '9007199254740993'],
    ],
  ),
});

const order = (graph: AnsweredGraph, part: Partial<PictureOrder> = {}): PictureOrder => ({
  ...{ format: 'svg', width: 900, height: 480, isDark: false, isUtc: true },
  ...{ title: 'Bytes of sites', from: T, to: T + 4 * STEP, filter: '', worth: ['quality: lost 2 of 100 records'] },
  graph,
  ...part,
});
const svg = async (graph: AnsweredGraph, part?: Partial<PictureOrder>) => String(await drawPicture(order(graph, part)));
const isPng = (picture: string | Uint8Array) => [...(picture as Uint8Array).slice(0, 4)].join() === PNG.join();

describe('a graph as a picture', () => {
  it('says what it shows, of when, in which zone, of which flows and what it is worth', async () => {
    const text = await svg(overTime('north'), { filter: 'dst port 443' });
    for (const word of [
      'Bytes of sites',
      'bytes by site, 21 Nov 2026, 12:00 to 21 Nov 2026, 12:20 (UTC)',
      'Only: dst port 443',
      'quality: lost 2 of 100 records',
      'north',
    ])
      expect(text).toContain(word);
  });

  it('is drawn as SVG and PNG of each kind, dark and light', async () => {
    const pairs = answerOf(
      ['site', 'category', 'bytes'],
      [
        ['north', 'Web', 5],
        ['south', 'Email', 7],
      ],
    );
    const sides = answerOf(
      ['time', 'category', 'direction', 'bps'],
      [
        [T, 'Web', 'out', 5],
        [T, 'Web', 'in', 9],
      ],
    );
    const graphs: AnsweredGraph[] = [
      ...(['stacked', 'lines', 'shares', 'bars', 'heatmap'] as const).map(
        (chart) => ({ ...overTime('north'), chart }) as AnsweredGraph,
      ),
      ...(['sankey', 'matrix'] as const).map(
        (chart): AnsweredGraph => ({ of: 'pairs', chart, by: ['site', 'category'], metric: 'bytes', answer: pairs }),
      ),
      { of: 'flows', metric: 'bps', answer: sides, peaks: null },
      { of: 'hosts', answer: answerOf(['time', 'hosts_in', 'hosts_out'], [[T, 5, 3]]) },
    ];
    const empty = await svg({ ...overTime('x'), answer: answerOf(['time', 'site', 'bytes'], []) } as AnsweredGraph);
    expect(empty).toContain('Nothing matches in this range.');
    for (const graph of graphs) {
      const [light, dark] = [await svg(graph), await svg(graph, { isDark: true })];
      expect(light.length, JSON.stringify(graph)).toBeGreaterThan(empty.length + 500);
      expect(dark).not.toBe(light);
      expect(isPng(await drawPicture(order(graph, { format: 'png' })))).toBe(true);
    }
  });

  it('is XML that does nothing, whatever names the network sent', async () => {
    const evil = '</text><script>alert(1)</script>&amp;\u0000\u001b]]>\ud800"\'<image href="http://192.0.2.1/x"/>';
    for (const chart of ['stacked', 'heatmap'] as const) {
      const graph = overTime(evil, chart);
      const text = await svg(graph, { title: evil, filter: evil, worth: [evil] });
      expect(text).not.toMatch(/<script|<image|\bon[a-z]+=/);
      for (const letter of ['\u0000', '\u001b', '\ud800']) expect(text.includes(letter)).toBe(false);
      // The library that draws PNG reads nothing but well-formed XML.
      const picture = await drawPicture(order(graph, { title: evil, filter: evil, worth: [evil], format: 'png' }));
      expect(isPng(picture)).toBe(true);
    }
  });

  it('is refused where the words leave no room for it, with the height that would do', async () => {
    const worth = [Array.from({ length: 400 }, () => 'word').join(' ')];
    const refused = await svg(overTime('north'), { height: 200, worth }).catch((error: Error) => error.message);
    const [, height] = /ask for (\d+) or more/.exec(String(refused)) ?? [];
    expect(await svg(overTime('north'), { height: Number(height), worth })).toContain('<svg');
  });

  it('says what its strongest shade is', async () => {
    expect(await svg(overTime('north', 'heatmap'))).toContain('The strongest shade is 9.01 PB');
  });
});

describe('text of pictures', () => {
  it('is broken between words, and within one that is longer than a line', () => {
    const lines = broken(`one two ${'x'.repeat(200)} three`, 200);
    expect(lines.join('').replaceAll(' ', '')).toBe(`onetwo${'x'.repeat(200)}three`);
    expect(lines[0]).toBe('one two');
    for (const line of lines) expect(textWidth(line, 12)).toBeLessThanOrEqual(200);
  });

  it('is as wide as the font has it, to a tenth', () => {
    // Advances of DejaVu Sans 2.37 at 100 px: 1,282 / 2,048 em for each digit and so on.
    expect(textWidth('0123456789', 100)).toBeCloseTo(636, -1.5);
    expect(Math.abs(textWidth('Voice and conferencing', 100) - 1_191) / 1_191).toBeLessThan(0.1);
    expect(textWidth('世界', 100)).toBe(200);
  });

  it('has no letter that XML has none of', () => {
    expect(escaped('a<b>&"\'\u0000\ud800\t')).toBe('a&#60;b&#62;&#38;&#34;&#39;\ufffd\ufffd\t');
  });
});
