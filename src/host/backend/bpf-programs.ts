import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { WeirError } from '../../base/index.ts';
import { type BpfObjectCode, readBpfObject } from '../../system/index.ts';

/** With the coarse clock, which is cheaper, from Linux 5.11 on; without it from 5.9 on. */
export const PROGRAM_FILES = ['host-meter.bpf.o', 'host-meter-5.9.bpf.o'] as const;
export type ProgramFile = (typeof PROGRAM_FILES)[number];

/** Beside the sources and beside what is built from them alike. */
const FOLDER = new URL('../bpf/', import.meta.url);

/** An object as it was committed; WeirError('corrupt') where its checksum is not the one in `SHA256SUMS`. */
export function readPrograms(file: ProgramFile, folder: URL = FOLDER): BpfObjectCode {
  const bytes = readFileSync(new URL(file, folder));
  const sums = readFileSync(new URL('SHA256SUMS', folder), 'latin1');
  const sum = createHash('sha256').update(bytes).digest('hex');
  if (!sums.split('\n').includes(`${sum}  ${file}`))
    throw new WeirError('corrupt', `${file} has not the checksum that it was released with: install Weir again`);
  return readBpfObject(bytes);
}
