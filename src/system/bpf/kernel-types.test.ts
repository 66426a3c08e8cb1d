import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { kernelTypeIds } from './kernel-types.ts';

/** BTF with a structure of two members, then the function `accept` and the type `btf_trace_x`: Documentation/bpf/btf.rst. */
function types(): Buffer {
  const strings = Buffer.from('\0accept\0btf_trace_x\0member\0', 'latin1');
  const type = (name: number, kind: number, members: number, ...words: number[]) => {
    const bytes = Buffer.alloc(12 + 4 * words.length);
    [name, ((kind << 24) | members) >>> 0, 0, ...words].forEach((word, i) => {
      bytes.writeUInt32LE(word, 4 * i);
    });
    return bytes;
  };
  const all = Buffer.concat([type(20, 4, 2, 20, 1, 0, 20, 1, 32), type(1, 12, 0), type(8, 8, 0)]);
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header[2] = 1;
  [24, 0, all.length, all.length, strings.length].forEach((word, i) => {
    header.writeUInt32LE(word, 4 + 4 * i);
  });
  return Buffer.concat([header, all, strings]);
}

function fileOf(bytes: Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-btf-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'vmlinux'), bytes);
  return join(folder, 'vmlinux');
}

describe('types of the kernel', () => {
  it('have the number of their place, whatever stands before them', () => {
    const path = fileOf(types());
    expect(kernelTypeIds(['btf_trace_x', 'accept', 'absent', 'member'], path)).toEqual(
      new Map([
        ['accept', 2],
        ['btf_trace_x', 3],
      ]),
    );
  });

  it('are none where the kernel does not describe them, or not in a way that is known', () => {
    expect(kernelTypeIds(['accept'], '/none').size).toBe(0);
    expect(kernelTypeIds(['accept'], fileOf(Buffer.alloc(10))).size).toBe(0);
    expect(kernelTypeIds(['accept'], fileOf(types().subarray(0, 60))).size).toBe(0);
  });
});
