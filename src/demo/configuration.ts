import { stringify } from 'yaml';
import { HOME, SITES, SUBNETS, textOf } from './campus.ts';
import type { Demo } from './demo.ts';
import { INTERFACES } from './demo-exporter.ts';
import { LISTED } from './planted-changes.ts';

/** The list of bad addresses that comes with a demo, as a file. */
export const LIST_TEXT = `${textOf(LISTED)} # of the demo: belongs to nobody (RFC 5737)\n`;

/** The configuration of a node that shows the demo: it opens no port for flows, so that nothing real mixes with what is made up. */
export function configurationOf({ exporters }: Demo, directory: string, listFile: string): string {
  const interfaces = Object.fromEntries(Object.entries(INTERFACES).map(([index, name]) => [index, { name }]));
  const routers = exporters.filter(({ options }) => options.host === undefined);
  const settings = {
    data: directory,
    netflow: 'off',
    ipfix: 'off',
    sflow: 'off',
    host: 'off',
    home: [HOME],
    sites: SITES,
    subnets: SUBNETS,
    exporters: routers.map(({ options: { address, name } }) => ({ prefix: textOf(address), name, interfaces })),
    blocklists: [{ name: 'demo', file: listFile }],
  };
  return `# Made by weir demo: traffic that is made up. weir up --config FILE shows it.\n${stringify(settings)}`;
}
