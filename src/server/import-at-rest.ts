import { createLog } from '../base/index.ts';
import { type ImportStore, openImportStore } from '../ingest/index.ts';
import { homePrefixes, type PlaceTableHandle } from '../label/index.ts';
import { layoutOf, readInterfaceNames, writeInterfaceNames } from '../store/index.ts';
import { Blocklists } from './blocklists/blocklists.ts';
import { configuredNames } from './exporter-setting.ts';
import { namingOf } from './naming-setting.ts';
import { networksOf } from './networks.ts';
import { PlacesAtRest } from './places/places-at-rest.ts';
import type { NodeConfig } from './settings.ts';

/**
 * A store that no node runs on, opened here for imports: rows get what a node with this configuration would give them. Block lists that are files are read now,
 * of those that have a URL the last copy counts. `onMaking` is called before the table of networks and places is made, where none is kept.
 */
export async function openImports(config: NodeConfig, onMaking: () => void): Promise<ImportStore> {
  const { data: root, exporters: rules, elements } = config;
  const networks = networksOf(config);
  let handle: PlaceTableHandle | null = null;
  const store = await openImportStore(root, {
    rules,
    elements,
    networks,
    naming: namingOf(config),
    places: () => handle,
  });
  try {
    // A node that runs here later writes its own; until then these are asked for.
    const { interfaces } = layoutOf(root);
    const names = { ...readInterfaceNames(interfaces), configured: configuredNames(rules) };
    if (names.configured.length > 0) writeInterfaceNames(interfaces, names);
    const log = createLog({ style: 'pretty', level: 'warn' });
    const { as_data: files, bundled_data: bundled, blocklists: lists } = config;
    const ofFiles = new Blocklists({
      directory: layoutOf(root).blocklists,
      lists: lists.filter(({ file }) => file !== null),
      home: homePrefixes(networks),
      log,
    });
    await ofFiles.look();
    const places = new PlacesAtRest({ root, files, bundled, lists, networks, log, onMaking });
    handle = (await places.known())?.handle ?? null;
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
