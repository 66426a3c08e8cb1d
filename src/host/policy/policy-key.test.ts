import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
