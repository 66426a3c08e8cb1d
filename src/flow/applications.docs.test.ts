import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { APPLICATIONS } from './index.ts';

test('docs/explanation/names-graded.md lists all names of protocols', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/explanation/names-graded.md'), 'utf8');
  const list = /```text\n([\s\S]*?)```/.exec(page)![1]!;
  expect(list.split(/\s+/).filter((name) => name !== '')).toEqual(APPLICATIONS.map(({ name }) => name));
  expect(page).toContain(`All ${APPLICATIONS.length} protocols`);
});
