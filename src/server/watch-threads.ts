import type { IngestHandle, StoreThread } from '../ingest/index.ts';

/** A node without one of its threads would accept flows and lose them: it must end, and be started again by its supervisor. */
export function watchThreads(store: StoreThread, ingest: IngestHandle): { failed: Promise<Error>; stop(): void } {
  let stopped = false;
  const failed = new Promise<Error>((resolve) => {
    for (const died of [store.failed, ingest.failed]) void died.then((error) => stopped || resolve(error));
  });
  return {
    failed,
    stop: () => {
      stopped = true;
    },
  };
}
