import type { ExporterSite, HomeNetworks } from '../label/index.ts';
import type { NodeConfig } from './settings.ts';

/** What the configuration says is inside, as labels are made with it. */
export function networksOf({ home, sites, subnets }: Pick<NodeConfig, 'home' | 'sites' | 'subnets'>): HomeNetworks {
  const exporterSites = Object.entries(sites).flatMap(([site, { exporters, vlans }]): ExporterSite[] => [
    ...exporters.map((prefix) => ({ site, exporters: prefix, vlans: null })),
    ...vlans.map((of) => ({ site, ...of })),
  ]);
  return {
    home,
    sites: Object.fromEntries(Object.entries(sites).map(([name, { prefixes }]) => [name, prefixes])),
    // What is not there is left out: the head of a journal file is compared with what is configured.
    ...(exporterSites.length > 0 ? { exporterSites } : {}),
    ...(Object.keys(subnets).length > 0 ? { subnets } : {}),
  };
}
