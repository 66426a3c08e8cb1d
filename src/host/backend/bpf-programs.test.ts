import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readBpfObject } from '../../system/index.ts';
import { PROGRAM_FILES, readPrograms } from './bpf-programs.ts';

const here = join(import.meta.dirname, '../bpf');
const checked = spawnSync(process.execPath, ['scripts/bpf.mjs', 'check'], { encoding: 'utf8' });
const skipped = /^skipped: (.*)/.exec(checked.stdout);

describe('the programs for the kernel', () => {
  it.skipIf(skipped)(`are what their source makes${skipped ? ` (skipped: ${skipped[1]})` : ''}`, () => {
    expect(checked.stdout + checked.stderr).toBe('the objects are what their source makes\n');
    expect(checked.status).toBe(0);
  });

  it.each(PROGRAM_FILES)('are read with their maps and the license that helpers ask for: %s', (file) => {
    const { license, maps, programs } = readPrograms(file);
    expect(license).toBe('Dual MIT/GPL');
    expect(maps.get('flows')).toEqual({ type: 9, keyBytes: 48, valueBytes: 120, entries: 65536, flags: 0 });
    expect(maps.get('owners')).toMatchObject({ keyBytes: 8, valueBytes: 48 });
    const egress = programs.find(({ name }) => name === 'count_egress')!;
    expect(egress.section).toBe('cgroup_skb/egress');
    expect(new Set(egress.maps.map(({ name }) => name))).toEqual(new Set(['flows', 'owners', 'totals', 'mtus']));
    // Where a map is wanted stands an instruction of two words (BPF_LD_IMM64).
    for (const { at } of egress.maps) expect(egress.instructions[at]).toBe(0x18);
  });

  it('are refused when a byte of them is another one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'weir-bpf-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [file] = PROGRAM_FILES;
    copyFileSync(join(here, 'SHA256SUMS'), join(folder, 'SHA256SUMS'));
    const bytes = readFileSync(join(here, file));
    bytes[1000]! ^= 1;
    writeFileSync(join(folder, file), bytes);
    expect(() => readPrograms(file, pathToFileURL(`${folder}/`))).toThrow('checksum');
  });

  it('are known from files that are no BPF objects', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(64), readFileSync('/proc/self/exe').subarray(0, 4096)])
      expect(() => readBpfObject(bytes)).toThrow('not a BPF object');
  });
});
