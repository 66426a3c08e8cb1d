import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPolicy } from './load-policy.ts';
import { policyKey } from './policy-key.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-policy-key-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the key of pseudonyms', () => {
  it('is made where there is none, for its owner alone, and is the same from then on', () => {
    const path = join(folder, 'made');
    const key = policyKey(path);
    expect(key).toHaveLength(32);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(policyKey(path)).toEqual(key);
    expect(policyKey(join(folder, 'other'))).not.toEqual(key);
  });

  it.each([0o644, 0o640, 0o620])('is refused where others may read or change it (mode %o)', (mode) => {
    const path = join(folder, `open-${mode}`);
    policyKey(path);
    chmodSync(path, mode);
    expect(() => policyKey(path)).toThrow(
      expect.objectContaining({ code: 'config', message: expect.stringContaining('chmod 600') }),
    );
  });

  it('is refused where it is none, and where it cannot be made', () => {
    const path = join(folder, 'short');
    writeFileSync(path, 'short', { mode: 0o600 });
    expect(() => policyKey(path)).toThrow(/is no key/);
    expect(() => policyKey(join(folder, 'none', 'key'))).toThrow(expect.objectContaining({ code: 'config' }));
    expect(readFileSync(path, 'utf8')).toBe('short');
  });

  it.skipIf(process.getuid?.() !== 0)(
    'is refused where another user has it, or could put another one in its place',
    () => {
      const place = join(folder, 'place');
      const path = join(place, 'key');
      mkdirSync(place);
      const key = policyKey(path);
      chownSync(path, 61_234, 61_234);
      expect(() => policyKey(path)).toThrow(/belongs to user 61234/);
      chownSync(path, 0, 0);
      chownSync(place, 61_234, 61_234);
      expect(() => policyKey(path)).toThrow(/another user could replace .*place belongs to user 61234/);
      chownSync(place, 0, 0);
      chmodSync(place, 0o777);
      expect(() => policyKey(path)).toThrow(/place may be changed by others \(mode 777\)/);
      chmodSync(place, 0o755);
      expect(policyKey(path)).toEqual(key);
      const link = join(folder, 'link');
      symlinkSync(path, link);
      expect(policyKey(link)).toEqual(key);
      lchownSync(link, 61_234, 61_234);
      expect(() => policyKey(link)).toThrow(/link belongs to user 61234/);
    },
  );

  it('is whole or not there, and nothing is left beside it', () => {
    const place = join(folder, 'whole');
    mkdirSync(place);
    policyKey(join(place, 'key'));
    expect(readdirSync(place)).toEqual(['key']);
  });

  it('lies in a directory for its owner alone, which is made with it', () => {
    const [hiding, state] = [join(folder, 'in-state.yaml'), join(folder, 'state')];
    writeFileSync(hiding, 'rules: [{match: any, actions: [{pseudonymise: user}]}]');
    loadPolicy(hiding, { stateDirectory: state, hostName: 'a' });
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(readdirSync(state)).toEqual(['host-policy.key']);
  });

  it('is not made for a policy without pseudonyms', () => {
    const [plain, hiding] = [join(folder, 'plain.yaml'), join(folder, 'hiding.yaml')];
    writeFileSync(plain, 'rules: [{match: any, actions: [{remove: pid}]}]');
    writeFileSync(hiding, 'rules: [{match: any, actions: [{pseudonymise: user}]}]');
    loadPolicy(plain, { stateDirectory: folder, hostName: 'a' });
    expect(() => statSync(join(folder, 'host-policy.key'))).toThrow(/ENOENT/);
    loadPolicy(hiding, { stateDirectory: folder, hostName: 'a' });
    expect(statSync(join(folder, 'host-policy.key')).mode & 0o777).toBe(0o600);
  });
});
