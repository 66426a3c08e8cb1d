import { expect, it } from 'vitest';
import { LATE_COLUMNS } from '../../query/index.ts';
import { OF_OPEN_FLOWS, refuseBeyond } from './limit-columns.ts';

const ofOpen = (limit: string | null) => () => refuseBeyond(limit, {}, 'open flows', (c) => OF_OPEN_FLOWS.has(c));
const ofSeconds = (limit: string | null) => () => refuseBeyond(limit, {}, 'what arrives', (c) => !LATE_COLUMNS.has(c));

it.each([null, 'net 10.2.0.0/16', 'src ip 10.0.0.1 or dst port 443', 'site lab', 'process = "curl"', 'proto tcp'])(
  'open flows are of the part that the limit %j leaves',
  (limit) => expect(ofOpen(limit)).not.toThrow(),
);

it.each([
  'not exporter 192.0.2.9',
  'not application = "ftp"',
  'not dst country DE',
  'not as 64496',
  'not blocklist = "a"',
])('of open flows nobody knows yet which part %j leaves', (limit) =>
  expect(ofOpen(limit)).toThrow(expect.objectContaining({ code: 'forbidden' })),
);

it('what arrives has all but what later records say of it', () => {
  expect(ofSeconds('not exporter 192.0.2.9')).not.toThrow();
  expect(ofSeconds('not application = "ftp-data"')).toThrow(expect.objectContaining({ code: 'forbidden' }));
});
