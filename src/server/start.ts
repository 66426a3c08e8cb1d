import type { Log } from '../base/index.ts';
import type { RunningNode } from './node.ts';
import type { NodeConfig } from './settings.ts';

/** Starts a node. Its parts are loaded only now: commands that ask a node do not wait for a web server to load. */
export async function startNode(config: NodeConfig, log: Log): Promise<RunningNode> {
  const node = await import('./node.ts');
  return node.startNode(config, log);
}
