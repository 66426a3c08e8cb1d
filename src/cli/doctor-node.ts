import { resolve } from 'node:path';
import { type loadConfig, type RunningNodeFile, runningNodes } from '../server/index.ts';
import { DEFAULT_DATA, severalNodes } from './client.ts';

/** The data directory that doctor is asked about, and the node that runs on it. */
export interface NodeMeant {
  readonly data: string;
  readonly node: RunningNodeFile | undefined;
}

/** That of `--data` or of the configuration, else that of the one node that runs; with several it must be named. */
export function nodeMeant(config: ReturnType<typeof loadConfig>, flags: { readonly data?: string }): NodeMeant {
  const nodes = runningNodes();
  // A configuration that names no data directory says nothing about which node is meant.
  const named = Boolean(flags.data || process.env.WEIR_DATA) || config.data !== resolve(DEFAULT_DATA);
  const own = nodes.find((n) => resolve(n.data) === config.data);
  if (!own && !named && nodes.length > 1) throw severalNodes(nodes);
  const node = own ?? (named ? undefined : nodes[0]);
  return { node, data: node?.data ?? config.data };
}
