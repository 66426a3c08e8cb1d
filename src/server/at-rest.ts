import type { ImportStore, openStoreHere } from '../ingest/index.ts';
import type { HomeNetworks, LookUpAddress } from '../label/index.ts';
import type { AskedNetworkSource } from '../query/index.ts';
import { layoutOf } from '../store/index.ts';
import type { NodeConfig } from './settings.ts';

/** Stores that no node runs on, opened in the process of a command. What they need is loaded only now: commands that ask a node do not wait for it. */

/** For imports; `onMaking` is called where the table of networks and places must be made first. */
export async function openImportsAtRest(config: NodeConfig, onMaking: () => void): Promise<ImportStore> {
  const { openImports } = await import('./import-at-rest.ts');
  return openImports(config, onMaking);
}

export interface StoreAtRest extends Awaited<ReturnType<typeof openStoreHere>> {
  /** Names of autonomous systems by the table that is kept there. */
  readonly asName: (asn: number) => string;
  /** What that table was made of. */
  readonly networkSources: () => readonly AskedNetworkSource[];
  /** The home networks and sites that it was made for; null where none is kept. */
  readonly networks: () => HomeNetworks | null;
  /** What that table has of addresses, for one explanation. */
  readonly lookUps: () => LookUpAddress;
}

/** For questions. What a crash left in the journal gets the networks and places that are kept there. */
export async function openStoreAtRest(
  root: string,
  options: Parameters<typeof openStoreHere>[1],
): Promise<StoreAtRest> {
  const [ingest, places, { addressLookUp }, sources, { keptLists }, { AsNames }] = await Promise.all([
    import('../ingest/index.ts'),
    import('./places/make-places.ts'),
    import('./places/address-look-up.ts'),
    import('./places/network-sources.ts'),
    import('./blocklists/kept-lists.ts'),
    import('../label/index.ts'),
  ]);
  const { places: directory, blocklists } = layoutOf(root);
  const store = await ingest.openStoreHere(root, options, () => places.lastPlaces(directory));
  // Megabytes, which most questions do not need.
  const known = once(() => places.lastPlaces(directory));
  const names = once(
    () =>
      new AsNames(known()?.names ?? { numbers: new Uint32Array(), ends: new Uint32Array(), bytes: new Uint8Array() }),
  );
  return {
    ...store,
    asName: (asn) => names().name(asn),
    networkSources: () => sources.networkSources(known()?.sources ?? []),
    networks: () => known()?.networks ?? null,
    lookUps: () => {
      const table = known();
      if (table === null) return () => null;
      return addressLookUp(directory, { ...table, places: table.handle }, keptLists(blocklists));
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
