import { describe, expect, it } from 'vitest';
import { receiverKind, setThreadPriority, threadCpuSeconds } from './index.ts';
import { bindKernel } from './kernel.ts';

describe('bindKernel', () => {
  it('a missing koffi is a reason, not a crash', () => {
    const access = bindKernel(
      () => {
        throw new Error("Cannot find module 'koffi'\nRequire stack: ...");
      },
      'linux',
      'x64',
    );
    expect(receiverKind(access)).toEqual({ kind: 'dgram', reason: "koffi does not load: Cannot find module 'koffi'" });
  });
  it.each([
    ['darwin', 'arm64'],
    ['linux', 's390x'],
    ['linux', 'arm'],
  ])('%s on %s has no recvmmsg here', (platform, arch) => {
    const access = bindKernel(() => expect.unreachable('koffi is not even looked for'), platform, arch);
    expect(receiverKind(access).kind).toBe('dgram');
  });
});

describe.skipIf(receiverKind().kind !== 'recvmmsg')('the calling thread', () => {
  it('tells the CPU time it used', () => {
    const before = threadCpuSeconds();
    const until = Date.now() + 30;
    while (Date.now() < until);
    const used = threadCpuSeconds() - before;
    expect(used).toBeGreaterThan(0.005);
    expect(used).toBeLessThan(5);
  });
  it('may lower its priority', () => {
    expect(setThreadPriority(1)).toBe(true);
  });
});
