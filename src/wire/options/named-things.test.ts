import { describe, expect, it } from 'vitest';
import { ExporterFacts } from './exporter-facts.ts';
import { optionRecord, type Spec } from './options.testing.ts';

const SYSTEM: Spec = [1, 0];

function learn(facts: ExporterFacts, scopes: readonly Spec[], fields: readonly Spec[], v9 = false): void {
  const built = optionRecord(scopes, fields, { v9, pens: { 12232: 9, 12233: 9 } });
  facts.learn(built.view, built.scopes, built.fields, 1, 0, 0);
}

function bytes(...octets: number[]): [DataView, number, number] {
  return [new DataView(Uint8Array.from([0xff, ...octets]).buffer), 1, octets.length];
}

describe('interface tables', () => {
  it.each<[string, Spec[], Spec[], boolean]>([
    [
      'in v9, with the interface as a field',
      [SYSTEM],
      [
        [10, 7],
        [82, 'Gi0/0/1'],
        [83, 'Uplink ACME', 64],
      ],
      true,
    ],
    [
      'in v9, with the interface as scope',
      [[2, 7, 2]],
      [
        [82, 'Gi0/0/1'],
        [83, 'Uplink ACME', 64],
      ],
      true,
    ],
    [
      'in IPFIX',
      [[10, 7]],
      [
        [82, 'Gi0/0/1'],
        [83, 'Uplink ACME', 64],
      ],
      false,
    ],
    [
      'by the physical interface',
      [[252, 7]],
      [
        [83, 'Uplink ACME', 64],
        [82, 'Gi0/0/1'],
      ],
      false,
    ],
  ])('are read %s', (_title, scopes, fields, v9) => {
    const facts = new ExporterFacts();
    learn(facts, scopes, fields, v9);
    expect(facts.interface(7)).toEqual({ name: 'Gi0/0/1', description: 'Uplink ACME', speedBps: 0 });
    expect(facts.interface(8)).toBeUndefined();
  });

  it('may come in parts, be padded with spaces and change', () => {
    const facts = new ExporterFacts();
    learn(facts, [[10, 7]], [[82, 'xe-0/0/0        ']]);
    learn(facts, [[10, 7]], [[83, 'to\tB\u0007erlin']]);
    expect(facts.interface(7)).toMatchObject({ name: 'xe-0/0/0', description: 'toBerlin' });
    const before = facts.revision;
    learn(facts, [[10, 7]], [[82, 'xe-0/0/0']]);
    expect(facts.revision).toBe(before);
    learn(facts, [[10, 7]], [[82, 'xe-0/0/1']]);
    expect(facts.interface(7)).toMatchObject({ name: 'xe-0/0/1', description: 'toBerlin' });
    expect(facts.revision).toBeGreaterThan(before);
  });

  it('are bounded, and what does not fit is counted', () => {
    const facts = new ExporterFacts();
    for (let i = 0; i < 16_400; i++) learn(facts, [[10, i]], [[82, `eth${i}`, 8]]);
    expect([...facts.interfaces()]).toHaveLength(16_384);
    expect(facts.overflow).toBe(16);
  });

  it('are bounded in what all names take together', () => {
    const facts = new ExporterFacts();
    const long = 'x'.repeat(255);
    for (let i = 0; i < 8000; i++)
      learn(
        facts,
        [[10, i]],
        [
          [82, long, 255],
          [83, long, 255],
        ],
      );
    const held = [...facts.interfaces()].reduce(
      (sum, [, { name, description }]) => sum + name.length + description.length,
      0,
    );
    expect(held).toBeLessThanOrEqual(2_000_000);
    expect(facts.overflow).toBeGreaterThan(0);
  });
});

describe('other tables', () => {
  it('name VRFs', () => {
    const facts = new ExporterFacts();
    learn(
      facts,
      [SYSTEM],
      [
        [234, 5],
        [236, 'customer-a'],
      ],
      true,
    );
    expect(facts.vrfName(5)).toBe('customer-a');
    expect(facts.vrfName(6)).toBeUndefined();
  });

  it('name applications, whatever the length of the selector', () => {
    const facts = new ExporterFacts();
    learn(
      facts,
      [SYSTEM],
      [
        [95, 0x0300_0050, 4],
        [96, 'http', 24],
        [94, 'World Wide Web', 55],
      ],
      true,
    );
    expect(facts.applicationName(...bytes(3, 0, 0, 80))).toBe('http');
    expect(facts.applicationName(...bytes(3, 80))).toBe('http');
    expect(facts.applicationName(...bytes(3, 81))).toBeUndefined();
    expect(facts.applicationName(...bytes(6, 0, 0, 80))).toBeUndefined();
  });

  it('add attributes to applications in any order', () => {
    const facts = new ExporterFacts();
    learn(
      facts,
      [[95, 0x0d00_0001, 4]],
      [
        [12232, 'browsing'],
        [12233, 'other'],
      ],
    );
    learn(facts, [[95, 0x0d00_0001, 4]], [[96, 'ssl', 24]]);
    learn(facts, [[95, 0x0d00_0001, 4]], [[374, 'grp']]);
    expect(facts.application(...bytes(13, 0, 0, 1))).toEqual({
      name: 'ssl',
      description: '',
      category: 'browsing',
      subCategory: 'other',
      group: 'grp',
    });
  });

  it('tell applications of engine 20 by their enterprise', () => {
    const facts = new ExporterFacts();
    const ids = [
      [20, 0, 0, 0, 9, 0, 0, 1],
      [20, 0, 0, 0, 10, 0, 0, 1],
    ];
    for (const [i, octets] of ids.entries()) {
      const text = optionRecord([], [[96, `app${i}`, 8]]);
      const record = new Uint8Array(64);
      record.set(octets);
      record.set(new Uint8Array(text.view.buffer), 8);
      const at = text.fields[0]!.at + 8;
      facts.learn(
        new DataView(record.buffer),
        [{ pen: 0, id: 95, at: 0, length: 8 }],
        [{ pen: 0, id: 96, at, length: 8 }],
        1,
        0,
        0,
      );
    }
    expect(ids.map((octets) => facts.applicationName(...bytes(...octets)))).toEqual(['app0', 'app1']);
  });

  it('say when the exporter booted', () => {
    const facts = new ExporterFacts();
    expect(facts.systemInitMs).toBe(0);
    learn(facts, [[143, 1]], [[160, 5, 8]]);
    expect(facts.systemInitMs).toBe(0);
    learn(facts, [[143, 1]], [[160, 1_790_000_000_123, 8]]);
    expect(facts.systemInitMs).toBe(1_790_000_000_123);
  });
});
