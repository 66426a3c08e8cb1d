import { expect, test } from 'vitest';
import { parseAddress } from '../flow/index.ts';
import { TUNNEL, tunnelText } from './index.ts';

const words = (address: string) => Uint32Array.from(parseAddress(address)!);
const NOWHERE = new Uint32Array(4);

test.each([
  [TUNNEL.vxlan, '192.0.2.1', '192.0.2.2', 5000, 'vxlan 192.0.2.1 > 192.0.2.2 id 5000'],
  [TUNNEL['6in4'], '192.0.2.1', '192.0.2.2', 0, '6in4 192.0.2.1 > 192.0.2.2'],
  [TUNNEL.l2tp, '2001:db8::1', '2001:db8::2', 0xffffffff, 'l2tp 2001:db8::1 > 2001:db8::2 id 4294967295'],
  [TUNNEL.none, '192.0.2.1', '192.0.2.2', 0, 'tunnel 192.0.2.1 > 192.0.2.2'],
])('a tunnel of kind %i is named with its ends and its number', (kind, src, dst, id, text) => {
  expect(tunnelText(kind, words(src), words(dst), id)).toBe(text);
});

test('ends that are not known are not told', () => {
  expect(tunnelText(TUNNEL.vxlan, NOWHERE, NOWHERE, 7)).toBe('vxlan id 7');
});
