import { expect, it } from 'vitest';
import type { LiveLine } from '../server/index.ts';
import { renderScreen, renderSecond } from './render-top.ts';

const NONE = { in_bytes: 0, in_packets: 0, out_bytes: 0, out_packets: 0, open: 0, opened: 0, ended: {} };
const SECOND: LiveLine = {
  from: 1_000,
  to: 2_000,
  missed: 0,
  level: 'ebpf',
  byte_layer: 'ip',
  total: NONE,
  by: { app: { groups: [{ group: { app: 'a\u001b[2Jb' }, ...NONE }], other: null } },
  quality: {
    duplicates: { bytes: 0, packets: 0 },
    removed: { bytes: 0, packets: 0 },
    unmetered_packets: 0,
    records_sampled: 1,
    notes: ['guest web\u001b]0;x\u0007 on tap0 is not metered'],
  },
};

it('names and notes of the meter do not rule the terminal', () => {
  const plain = { NO_COLOR: '1' };
  for (const lines of [renderSecond(SECOND, 'app', null), renderScreen(SECOND, 'app', 200, 24, plain)]) {
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
    expect(lines.join('')).toContain('a\\u001b[2Jb');
    expect(lines.join('')).toContain('guest web\\u001b]0;x\\u0007 on tap0');
  }
});
