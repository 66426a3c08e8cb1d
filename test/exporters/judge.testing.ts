import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { remove, startNode, type TestNode, tempFolder } from '../node.testing.ts';
import { type NfdumpTotals, startPeerCollector } from './collectors.testing.ts';
import { type ExporterView, statedError, watchNode } from './node-view.testing.ts';
import { startRelay } from './relay.testing.ts';
import { tsharkLayers } from './tshark.testing.ts';
import { type Count, sumOf, tsharkCounts } from './tshark-counts.testing.ts';

type Peer = 'nfcapd' | 'sfcapd';

/** What the node, nfdump and tshark say of the same datagrams. */
export interface Judged {
  readonly view: ExporterView;
  readonly nfdump: NfdumpTotals;
  readonly tshark: Count;
}

/** An exporter that is being listened to. */
interface Hearing {
  /** Where the exporter sends to. */
  readonly port: number;
  /** A folder of the exporter's own. */
  readonly folder: string;
  /** Waits until all is sent and counted. */
  verdict(): Promise<Judged>;
  close(): Promise<void>;
}

export interface Judge {
  readonly folder: string;
  /** Gives what comes to a port to the node and to a peer, as from `exporter`. */
  hear(exporter: string, peer: Peer): Promise<Hearing>;
  /** Lets an exporter send, from its start to its end. */
  judge(exporter: string, peer: Peer, send: (port: number, folder: string) => Promise<unknown>): Promise<Judged>;
  /** The 95 % error of the exporter's totals, as the node states it. */
  statedError(exporter: string): Promise<{ bytes: number; packets: number }>;
  stop(): Promise<void>;
}

/** One node for all exporters of a test file. */
export async function startJudge(): Promise<Judge> {
  const folder = tempFolder();
  const node: TestNode = await startNode(join(folder, 'data'));
  const watch = watchNode(node.data);
  const hear = async (exporter: string, peer: Peer): Promise<Hearing> => {
    const own = join(folder, exporter);
    mkdirSync(own);
    const collector = await startPeerCollector(peer, join(own, 'peer'));
    const relay = await startRelay(exporter, [collector.port, node.port]);
    const protocol = peer === 'sfcapd' ? 'sflow' : 'cflow';
    return {
      port: relay.port,
      folder: own,
      verdict: async () => {
        await relay.settle();
        const nfdump = await collector.finish();
        const tshark = sumOf(tsharkCounts(await tsharkLayers(relay.datagrams, protocol), protocol));
        return { view: await watch.of(exporter, tshark.directions), nfdump, tshark };
      },
      close: async () => {
        relay.close();
        await collector.stop();
      },
    };
  };
  return {
    folder,
    hear,
    judge: async (exporter, peer, send) => {
      const hearing = await hear(exporter, peer);
      try {
        await send(hearing.port, hearing.folder);
        return await hearing.verdict();
      } finally {
        await hearing.close();
      }
    },
    statedError: (exporter) => statedError(node.data, exporter),
    stop: async () => {
      await node.stop();
      remove(folder);
    },
  };
}
