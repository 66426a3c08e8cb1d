import type { JournalledStore } from '../ingest/index.ts';
import type { AskParent } from './agent-ask.ts';

/** Takes into the store what the resident process has received. It forgets times that were not measured only once they are stored: this process may end before. */
export async function catchUp(store: JournalledStore, ask: AskParent): Promise<void> {
  const stored = await store.takeIn(await ask('upTo', null));
  if (stored.length > 0) await ask('gapsStored', stored);
}
