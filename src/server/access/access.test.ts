import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../base/index.ts';
import { Access } from './access.ts';

const PASSWORD = 'correct horse battery';
const ORIGIN = { from: '192.0.2.1', agent: 'a browser' };

async function accessWith(...users: readonly [name: string, role: 'admin' | 'operator' | 'viewer'][]): Promise<Access> {
  const access = new Access(join(mkdtempSync(join(tmpdir(), 'weir-access-')), 'access.json'), new ManualClock(1e12));
  for (const [name, role] of users) await access.addUser({ name, role, password: PASSWORD, limit: null });
  return access;
}

describe('who may come in', () => {
  it('no longer does whose password was set anew while the old one was looked at', async () => {
    const access = await accessWith(['anna', 'admin'], ['olga', 'operator']);
    const reset = access.changeUser('olga', { password: 'another one' });
    // Two passwords are looked at at a time: the last one is when the other is set.
    const first = access.signIn('olga', PASSWORD, ORIGIN).catch(() => {});
    const last = access.signIn('olga', PASSWORD, ORIGIN);
    await expect(last).rejects.toMatchObject({ code: 'unauthorised' });
    await Promise.all([reset, first]);
    expect(access.sessions).toEqual([]);
    expect((await access.signIn('olga', 'another one', ORIGIN)).caller.name).toBe('olga');
  });

  it.each(['local', 'token', 'visitors'])(
    'is nobody by the name of %s, which the node gives to callers of its own',
    async (name) => {
      const access = await accessWith();
      await expect(access.addUser({ name, role: 'admin', password: PASSWORD, limit: null })).rejects.toMatchObject({
        code: 'usage',
      });
    },
  );

  it('may publish as long as they are there with the role, and the limit of then', async () => {
    const access = await accessWith(['anna', 'admin'], ['olga', 'operator']);
    access.addToken({ name: 'wiki', role: 'operator', limit: null, expires: null, by: 'anna' });
    const [olga, wiki] = ['olga', 'token wiki'].map((by) => () => access.mayPublish({ by, limit: null })) as [
      () => boolean,
      () => boolean,
    ];
    expect([olga(), wiki(), access.mayPublish({ by: 'local', limit: null })]).toEqual([true, true, true]);
    await access.changeUser('olga', { limit: 'net 10.2.0.0/16' });
    expect([olga(), access.mayPublish({ by: 'olga', limit: 'net 10.2.0.0/16' })]).toEqual([false, true]);
    await access.changeUser('olga', { limit: null, role: 'viewer' });
    expect(olga()).toBe(false);
    await access.changeUser('olga', { role: 'operator' });
    expect(olga()).toBe(true);
    access.removeUser('olga');
    access.removeToken('wiki');
    expect([olga(), wiki()]).toEqual([false, false]);
  });
});
