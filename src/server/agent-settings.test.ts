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
