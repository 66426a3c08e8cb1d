import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LINK_TYPE, PACKET_PROBLEMS, TUNNELS } from './index.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/reference/packets.md'), 'utf8');

test('docs/reference/packets.md names every tunnel, every problem and every link type that there is', () => {
  for (const name of [...TUNNELS, ...PACKET_PROBLEMS]) if (name !== 'none') expect(PAGE).toContain(`\`${name}\``);
  const rows = PAGE.split('## Link types')[1]!.split('\n\n')[1]!.split('\n').slice(2);
  const numbers = rows.flatMap((row) => row.split('|')[2]!.split(',').map(Number));
  expect(numbers.sort((a, b) => a - b)).toEqual(Object.values(LINK_TYPE).sort((a, b) => a - b));
});
