import { expect, test } from 'vitest';
import { captureOf } from './capture-setting.ts';
import { loadConfig } from './config.ts';

const capture = (names: string) => captureOf(loadConfig({ flags: { capture: names } }));

test('interfaces are captured once each: one that is named twice is a mistake', () => {
  expect(capture('eth1,eth2')!.interfaces).toEqual(['eth1', 'eth2']);
  expect(() => capture('eth1,eth2,eth1')).toThrow('capture: eth1 is named twice');
});
