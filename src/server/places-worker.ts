import { parentPort, workerData } from 'node:worker_threads';
import { asWeirError } from '../base/index.ts';
import { setThreadPriority } from '../system/index.ts';
import { makePlaces } from './places/make-places.ts';
import type { PlacesJob, PlacesReport } from './places/place-messages.ts';

/** Makes one table and ends, so that the memory of the making is free again. At a lower priority than receiving and than questions. */
const NICE = 10;

const tell = (report: PlacesReport) => parentPort!.postMessage(report);

async function main(): Promise<void> {
  setThreadPriority(NICE);
  try {
    const table = await makePlaces(workerData as PlacesJob, (meanwhile) =>
      tell(meanwhile === null ? { type: 'making' } : { type: 'table', table: meanwhile }),
    );
    tell({ type: 'table', table });
  } catch (error) {
    tell({ type: 'failed', message: asWeirError(error).message });
  }
}

void main();
