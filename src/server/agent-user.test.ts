import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { agentUser } from './agent-user.ts';

const folder = mkdtempSync(join(tmpdir(), 'weir-agent-user-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [without, withWeir] = [join(folder, 'without'), join(folder, 'with')];
const NOBODY = 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/usr/sbin/nologin\n';
writeFileSync(without, NOBODY);
writeFileSync(withWeir, `${NOBODY}weir:x:991:992::/:/usr/sbin/nologin\n`);

describe.skipIf(process.getuid?.() !== 0)('whom an agent becomes (needs root)', () => {
  test('is the user weir, or who was named', () => {
    expect(agentUser(null, withWeir)).toEqual({ name: 'weir', uid: 991, gid: 992 });
    expect(agentUser('nobody', withWeir)).toMatchObject({ uid: 65_534 });
    expect(agentUser('root', withWeir)).toBeNull();
  });

  test('is not nobody unless it was named: it must be made, and the refusal says how', () => {
    expect(() => agentUser(null, without)).toThrow(/no user weir: make one \(useradd --system .* weir\)/);
    expect(() => agentUser('weir', without)).toThrow(/no user "weir" that is not root/);
  });
});
