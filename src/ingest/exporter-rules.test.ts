import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress, maskAddress, parseAddress, parsePrefix } from '../flow/index.ts';
import { DEFAULT_EXPORTER_SETTINGS } from '../wire/index.ts';
import { type ExporterRule, ExporterRules } from './exporter-rules.ts';

const words = (text: string) => Uint32Array.from(parseAddress(text)!);
const rule = (prefix: string, rate: number, name?: string): ExporterRule => ({
  prefix,
  settings: { asType: 'peer', tunnels: 'inner', sampling: { rate, mode: 'default' } },
  ...(name ? { name } : {}),
});

describe('ExporterRules', () => {
  const rules = new ExporterRules([
    rule('0.0.0.0/0', 1),
    rule('192.0.2.0/24', 2, 'site'),
    rule('192.0.2.7', 3, 'core1'),
    rule('2001:db8::/32', 4),
    rule('192.0.2.0/25', 5),
  ]);

  it.each([
    ['192.0.2.7', 3, 'core1'],
    ['192.0.2.8', 5, null],
    ['192.0.2.200', 2, 'site'],
    ['198.51.100.1', 1, null],
    ['2001:db8::1', 4, null],
  ])('%s: the longest prefix wins', (address, rate, name) => {
    expect(rules.settingsOf(words(address)).sampling?.rate).toBe(rate);
    expect(rules.nameOf(words(address))).toBe(name);
  });

  it('has the defaults for what no rule is about: IPv6 is not in 0.0.0.0/0', () => {
    expect(rules.settingsOf(words('2001:db9::1'))).toBe(DEFAULT_EXPORTER_SETTINGS);
    expect(new ExporterRules([]).settingsOf(words('192.0.2.7'))).toBe(DEFAULT_EXPORTER_SETTINGS);
  });

  it('has IPv6 alone in ::/0', () => {
    const all = new ExporterRules([rule('::/0', 6)]);
    expect(all.settingsOf(words('2001:db8::1')).sampling?.rate).toBe(6);
    expect(all.settingsOf(words('192.0.2.7'))).toBe(DEFAULT_EXPORTER_SETTINGS);
  });

  it('reads a prefix with host bits as the prefix, and passes over what is none', () => {
    const odd = new ExporterRules([rule('10.1.2.3/8', 9), rule('nonsense', 7)]);
    expect(odd.settingsOf(words('10.200.0.1')).sampling?.rate).toBe(9);
  });

  it('is the same after it crossed to a thread', () => {
    const plain = [rule('10.0.0.0/8', 9, 'ten')];
    expect(new ExporterRules(structuredClone(plain)).nameOf(words('10.0.0.1'))).toBe('ten');
  });

  it('finds what a search of all rules finds', () => {
    const prefix = fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 32 }));
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 20 }), fc.integer({ min: 0, max: 0xffff }), (given, low) => {
        const text = (n: number) => formatAddress([0, 0, 0xffff, (0x0a00_0000 | n) >>> 0]);
        const list = given.map(([n, bits], i) => rule(`${text(n)}/${bits}`, i + 1));
        const address = parseAddress(text(low))!;
        const best = list
          .map((r) => ({ r, p: parsePrefix(r.prefix)! }))
          .filter(({ p }) => maskAddress(address, p.bits).join() === p.address.join())
          // Of two rules for one prefix the later one counts; configuration refuses them.
          .reduce<{ bits: number; rate: number } | null>(
            (b, { r, p }) => (b && b.bits > p.bits ? b : { bits: p.bits, rate: r.settings.sampling!.rate }),
            null,
          );
        const found = new ExporterRules(list).settingsOf(Uint32Array.from(address)).sampling?.rate ?? null;
        expect(found).toBe(best?.rate ?? null);
      }),
    );
  });
});
