import { randomUUID } from 'node:crypto';
import { copyFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unwritable } from '../base/index.ts';
import type { ExportAnswer, ExportQueryInput } from '../query/index.ts';
import { exportFlows, type QueryOptions } from '../query/index.ts';
import type { StoreReader } from '../store/index.ts';
import type { ExportFile } from './query-service.ts';

/** Records into a file. The database may only write to its own folder: a Parquet file is made there and moved. */
export async function exportToFile(
  store: StoreReader,
  query: ExportQueryInput,
  file: ExportFile,
  scratchDirectory: string,
  options: QueryOptions,
): Promise<ExportAnswer> {
  if (file.format !== 'parquet' || dirname(file.path) === scratchDirectory)
    return exportFlows(store, query, file, options);
  const path = join(scratchDirectory, `export-${randomUUID()}.parquet`);
  try {
    const answer = await exportFlows(store, query, { format: 'parquet', path }, options);
    await moveFile(path, file.path);
    return answer;
  } finally {
    await rm(path, { force: true });
  }
}

/** Whole or not at all, also between file systems. */
async function moveFile(from: string, to: string): Promise<void> {
  const part = `${to}.part`;
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw unwritable(to, error);
    try {
      await copyFile(from, part);
      await rename(part, to);
    } catch (cause) {
      await rm(part, { force: true }).catch(() => {});
      throw unwritable(to, cause);
    }
  }
}
