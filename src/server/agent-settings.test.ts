import { expect, it } from 'vitest';
import { agentSettings } from './agent-settings.ts';

const retentionWith = (flags: Record<string, string>) =>
  agentSettings({ data: '/nowhere', configFile: null, flags, startedMs: 0, task: 'begin' }).store.retention;

it('an agent takes 1.5 GB at most and leaves a tenth of the file system free, unless it is told otherwise', () => {
  expect(retentionWith({})).toMatchObject({ bytes: 1_500_000_000, freeShare: 0.1 });
  expect(retentionWith({ retention_bytes: '3G', free_space: '25%' })).toMatchObject({
    bytes: 3_000_000_000,
    freeShare: 0.25,
  });
});

it('an agent keeps hours for 90 days without a bound of their own, and finer steps within bounds', () => {
  const DAY = 86_400_000;
  const { bytes, levels } = retentionWith({});
  expect(levels).toEqual({
    60000: { ageMs: 7 * DAY, bytes: 150_000_000 },
    300000: { ageMs: 30 * DAY, bytes: 150_000_000 },
    3600000: { ageMs: 90 * DAY, bytes: expect.any(Number) },
    86400000: { ageMs: null, bytes: 150_000_000 },
  });
  expect(levels![3600000]!.bytes).toBeGreaterThan(bytes!);
  expect(retentionWith({ retention_1h_age: '800d' }).levels![3600000]!.ageMs).toBe(800 * DAY);
});
