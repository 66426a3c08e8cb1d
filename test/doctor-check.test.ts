import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { remove, startNode, tempFolder, weir } from './node.testing.ts';

const state = join(dirname(fileURLToPath(import.meta.url)), 'states', 'netflow9-ipfix.tar.gz');

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => remove(folder));

test('the exit code says whether a store is whole, and what can be repaired is', async () => {
  const data = join(folder, 'data');
  mkdirSync(data);
  execFileSync('tar', ['-C', data, '-xzf', state]);
  const check = async (...args: string[]) => {
    const { code, stdout } = await weir('doctor', '--check', '--data', data, ...args);
    return { code, said: stdout.trim().split('\n') };
  };
  expect(await check()).toMatchObject({ code: 0, said: expect.arrayContaining([expect.stringMatching(/: whole$/)]) });
  harm(join(data, 'exporters.json'));
  expect(await check('--dry-run')).toMatchObject({
    code: 1,
    said: [expect.stringMatching(/^found +exporters.json/), expect.anything(), expect.stringMatching(/: 1 found$/)],
  });
  expect(await check()).toMatchObject({
    code: 0,
    said: [
      expect.stringMatching(/^repaired +exporters.json/),
      expect.anything(),
      expect.stringMatching(/: 1 repaired$/),
    ],
  });
  const [segment] = readdirSync(join(data, 'segments'), { recursive: true, encoding: 'utf8' }).filter((f) =>
    f.endsWith('.parquet'),
  );
  harm(join(data, 'segments', segment!));
  const { code, said } = await check('--format', 'json');
  expect({ code, ...(JSON.parse(said[0]!) as object) }).toMatchObject({
    code: 1,
    whole: false,
    results: [{ what: `segments/${segment}`, outcome: 'lost' }],
  });
  expect(await check()).toMatchObject({ code: 0 });
});

test('a node that runs has to be stopped first', async () => {
  const node = await startNode(join(folder, 'data'));
  const { code, stderr } = await weir('doctor', '--check', '--data', node.data);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(`process ${node.pid} has .*stop the node`),
  });
  expect(await node.stop()).toBe(0);
  expect(await weir('doctor', '--check', '--data', node.data)).toMatchObject({ code: 0 });
  expect(await weir('doctor', '--dry-run')).toMatchObject({ code: 2 });
});

function harm(path: string): void {
  const bytes = readFileSync(path);
  bytes[20] = 0;
  bytes[500] = bytes[500]! ^ 0x10;
  writeFileSync(path, bytes);
}
