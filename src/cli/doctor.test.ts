import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskFindings, spaceFinding } from './doctor-disk.ts';
import { bufferFindings, machineFindings, memory, nodeVersion } from './doctor-machine.ts';

const limits = (grantedBytes: number) => ({
  rmemMax: grantedBytes,
  rmemDefault: grantedBytes,
  canForce: false,
  grantedFor64MiB: { askedBytes: 64 * 1024 * 1024, grantedBytes, forced: false },
});

describe('doctor', () => {
  it('wants Node 20.19', () => {
    expect(['18.20.0', '20.18.3', '20.19.0', '22.1.0', '24.0.0'].map((v) => nodeVersion(v).level)).toEqual([
      'fail',
      'fail',
      'ok',
      'ok',
      'ok',
    ]);
  });

  it('says how many datagrams a socket holds, and the sysctl to change', () => {
    const [small] = bufferFindings(limits(212_992));
    expect(small).toMatchObject({
      level: 'warn',
      text: expect.stringContaining('185 datagrams'),
      advice: expect.stringContaining('net.core.rmem_max=67108864'),
    });
    expect(small!.text).toContain('a burst of 10,000 needs 23.0 MB');
    expect(bufferFindings(limits(64 * 1024 * 1024))[0]!.level).toBe('ok');
    expect(bufferFindings({ rmemMax: null, rmemDefault: null, canForce: false, grantedFor64MiB: null })[0]!.level).toBe(
      'warn',
    );
  });

  it('counts the memory that a control group leaves', () => {
    expect(memory(16e9, null).level).toBe('ok');
    expect(memory(16e9, 512e6)).toMatchObject({ level: 'warn', text: expect.stringContaining('control group') });
  });

  it('names the holder of a port', async () => {
    const socket = createSocket('udp4');
    const port = await new Promise<number>((resolve) =>
      socket.bind(0, '127.0.0.1', () => resolve(socket.address().port)),
    );
    const of = async (own: number | null) =>
      (await machineFindings({ sflow: { address: '127.0.0.1', port }, http: null }, own)).filter((f) =>
        f.subject.endsWith(' port'),
      );
    expect(await of(null)).toEqual([
      {
        level: 'fail',
        subject: 'sflow port',
        text: expect.stringContaining(`process ${process.pid}`),
        advice: expect.stringContaining('--sflow'),
      },
    ]);
    expect(await of(process.pid)).toMatchObject([{ level: 'ok' }]);
    socket.close();
  });

  it('looks at the data directory and leaves nothing in it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-doctor-'));
    const found = diskFindings(directory, 1e6, 0);
    expect(found.map((f) => f.subject)).toEqual(['data directory', 'disk', 'fdatasync']);
    expect(readdirSync(directory)).toEqual([]);
    expect(diskFindings(join(directory, 'not/yet'), 1e6, 0)[0]).toMatchObject({
      level: 'ok',
      text: expect.stringContaining('does not exist yet'),
    });
    writeFileSync(join(directory, 'VERSION'), '{"layout":1}\n');
    expect(diskFindings(directory, 1e6, 0)[0]!.text).toContain('layout 1');
    writeFileSync(join(directory, 'VERSION'), 'garbage');
    expect(diskFindings(directory, 1e6, 0)[0]!.level).toBe('fail');
  });

  it.skipIf(process.getuid!() !== 0)('a small file system that has room is not full', () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-doctor-'));
    // Where nothing may be mounted, there is room as well.
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', directory]);
    const found = diskFindings(directory, 1e6, 0).find((f) => f.subject === 'fdatasync');
    if (status === 0) spawnSync('umount', [directory]);
    expect(found).toMatchObject({ level: 'ok' });
  });

  it('counts what was put aside, and leaves to damaged/ what is missing for it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-doctor-'));
    writeFileSync(join(directory, 'VERSION'), '{"layout":2}\n');
    mkdirSync(join(directory, 'quarantine'));
    const finding = () => diskFindings(directory, 1e6, 0).find((f) => f.subject === 'damaged files');
    expect(finding()).toMatchObject({ level: 'ok', text: 'none' });
    writeFileSync(join(directory, 'quarantine', '1-a.parquet'), '');
    expect(finding()).toMatchObject({
      level: 'warn',
      text: expect.stringMatching(/^1 in .*: 1-a\.parquet; damaged\/ says why/),
    });
    expect(finding()!.text).not.toContain('in no answer');
    expect(finding()!.advice).toContain('weir doctor --check');
  });

  it('warns when the disk is smaller than what the store may grow to', () => {
    const directory = mkdtempSync(join(tmpdir(), 'weir-doctor-'));
    mkdirSync(join(directory, 'a'));
    expect(spaceFinding(directory, 1e18, 0, 0)).toMatchObject({
      level: 'warn',
      advice: expect.stringContaining('retention_bytes'),
    });
    // What must stay free is made room for by the oldest flows; where it is not free, nothing is written.
    expect(spaceFinding(directory, 1e18, 0, 0.001)).toMatchObject({
      level: 'ok',
      text: expect.stringMatching(/as long as .*B stay free/),
    });
    expect(spaceFinding(directory, 1e18, 0, 0.99)).toMatchObject({
      level: 'fail',
      advice: expect.stringContaining('free_space'),
    });
  });
});
