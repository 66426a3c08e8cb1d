import { describe, expect, it } from 'vitest';
import { WeirError } from '../base/index.ts';
import { chooseBackend, type Level } from './choose-backend.ts';
import { recordedMeter } from './table/host-meter.testing.ts';

const works = (level: Level['level']): Level => ({ level, start: () => recordedMeter(level).backend });
const fails = (level: Level['level'], why: string): Level => ({
  level,
  start: () => {
    throw new WeirError('system', why);
  },
});

describe('the choice of a way to meter this host', () => {
  it('is the first that starts, and says why not a better one', () => {
    const chosen = chooseBackend(false, [fails('ebpf', 'bpf: EPERM'), works('sock_diag'), works('proc')]);
    expect(chosen.backend?.level).toBe('sock_diag');
    expect(chosen.notes).toEqual(['no ebpf: bpf: EPERM']);
  });

  it('is none where nothing can be seen, and that is no error', () => {
    const chosen = chooseBackend(false, [fails('ebpf', 'a'), fails('sock_diag', 'b'), fails('proc', 'c')]);
    expect(chosen.backend).toBeNull();
    expect(chosen.notes).toEqual(['no ebpf: a', 'no sock_diag: b', 'no proc: c']);
  });

  it.skipIf(process.platform !== 'linux')('finds something on this machine', () => {
    const { backend, notes } = chooseBackend(true);
    expect(backend, notes.join('; ')).not.toBeNull();
    backend!.close();
  });
});
