import { describe, expect, it } from 'vitest';
import { pacer } from './command-export-flows.ts';
import { parseTarget } from './command-export-target.ts';

describe('--to', () => {
  it.each([
    ['flows.csv', { kind: 'file', format: 'csv' }],
    ['/tmp/a.b/flows.PARQUET', { kind: 'file', format: 'parquet' }],
    ['flows.ipfix', { kind: 'ipfix file' }],
    [
      'netflow5://192.0.2.1:9995',
      { kind: 'collector', protocol: 'netflow5', transport: 'udp', host: '192.0.2.1', port: 9995 },
    ],
    [
      'netflow9://collector',
      { kind: 'collector', protocol: 'netflow9', transport: 'udp', host: 'collector', port: 2055 },
    ],
    [
      'IPFIX://[2001:db8::1]/',
      { kind: 'collector', protocol: 'ipfix', transport: 'udp', host: '2001:db8::1', port: 4739 },
    ],
    ['ipfix+tcp://h:1', { kind: 'collector', protocol: 'ipfix', transport: 'tcp', host: 'h', port: 1 }],
  ])('%s', (text, target) => expect(parseTarget(text)).toEqual(target));

  it.each([
    ['flows', /expected a file that ends with \.csv, .*or a collector such as netflow5:/],
    ['flows.xml', /expected a file/],
    ['sflow://h:1', /expected netflow5:\/\/HOST:PORT, /],
    ['netflow5://', /as in netflow5:\/\/192\.0\.2\.1:2055/],
    ['ipfix://h:0', /expected ipfix:\/\/HOST:PORT/],
    ['ipfix://h:70000', /expected ipfix:\/\/HOST:PORT/],
    ['ipfix://user@h:1', /expected ipfix:\/\/HOST:PORT/],
    ['ipfix://h:1/path', /expected ipfix:\/\/HOST:PORT/],
    ['ipfix://2001:db8::1', /expected ipfix:\/\/HOST:PORT/],
    ['constructor://h', /expected netflow5/],
  ])('%s is refused', (text, why) => expect(() => parseTarget(text)).toThrow(why));
});

describe('a pacer', () => {
  function paced(rate: number, steps: readonly { units: number; after?: number }[]) {
    let clock = 1_000;
    let waited = 0;
    const pace = pacer(
      rate,
      () => clock,
      async (ms) => {
        waited += ms;
        clock += ms;
      },
    );
    for (const { units, after = 0 } of steps) {
      clock += after;
      void pace(units);
    }
    return { clock, waited };
  }

  it('lets as many through as the rate says', () => {
    const { clock } = paced(
      1_000,
      Array.from({ length: 2_000 }, () => ({ units: 1 })),
    );
    expect(clock).toBeGreaterThan(1_000 + 1_985);
    expect(clock).toBeLessThan(1_000 + 2_015);
  });

  it('does not wait for those that are slower, and gives no burst afterwards', () => {
    const slow = Array.from({ length: 100 }, () => ({ units: 1, after: 10 }));
    expect(paced(1_000, slow).waited).toBe(0);
    const burst = [{ units: 1 }, { units: 0, after: 60_000 }, ...Array.from({ length: 500 }, () => ({ units: 1 }))];
    expect(paced(1_000, burst).waited).toBeGreaterThan(480);
  });
});
