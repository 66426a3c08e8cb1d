import { describe, expect, it } from 'vitest';
import { exportCommand } from './command-export.ts';

const asked = (...args: string[]) => exportCommand().parseAsync(args, { from: 'user' });

describe('flags that would do nothing are refused before anything is asked', () => {
  it.each([
    [['--to', 'a.csv', '--rate', '100'], '--rate is for collectors, not for --to a.csv'],
    [['--to', 'a.ipfix', '--rate', '100'], '--rate is for collectors'],
    [['--to', 'ipfix://h', '--absolute-times'], '--absolute-times is for netflow9://'],
    [['--to', 'a.ipfix', '--columns', 'bytes'], '--columns is for .csv, .jsonl and .parquet'],
    [['--to', 'netflow5://h', '--columns', 'bytes'], '--columns is for .csv, .jsonl and .parquet'],
    [['--to', 'a.txt'], 'expected a file that ends with'],
  ])('%j', async (args, why) => {
    await expect(asked(...args)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(why) });
  });

  it.each(['0', 'fast', '1.5', '99999999'])('a rate of %s', async (rate) => {
    await expect(asked('--to', 'ipfix://h', '--rate', rate)).rejects.toThrow('records a second');
  });
});
