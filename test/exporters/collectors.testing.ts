import { mkdirSync } from 'node:fs';
import { freeUdpPort } from '../node.testing.ts';
import { runProgram, startProgram, waitFor } from './program.testing.ts';
import { udpSocket } from './udp-sockets.testing.ts';

/** What nfdump says of the files of one collector. */
export interface NfdumpTotals {
  readonly records: number;
  readonly bytes: number;
  readonly packets: number;
  readonly sequenceFailures: number;
}

export interface PeerCollector {
  readonly port: number;
  /** Ends it and reads its files with nfdump. */
  finish(): Promise<NfdumpTotals>;
  /** Ends it where a test failed before. */
  stop(): Promise<unknown>;
}

/** nfcapd (NetFlow and IPFIX) or sfcapd (sFlow) on a port of its own. */
export async function startPeerCollector(program: 'nfcapd' | 'sfcapd', files: string): Promise<PeerCollector> {
  mkdirSync(files, { recursive: true });
  const port = await freeUdpPort();
  const collector = startProgram(program, [
    ...['-p', String(port), '-b', '127.0.0.1'],
    ...['-w', files, '-t', '3600', '-B', '8000000'],
  ]);
  await waitFor(`${program} listens on ${port}`, () => udpSocket(port) !== null);
  return {
    port,
    stop: () => collector.stop(),
    finish: async () => {
      await waitFor(`${program} reads what it was sent`, () => (udpSocket(port)?.queuedBytes ?? 0) === 0);
      const drops = udpSocket(port)?.drops ?? 0;
      if (drops > 0) throw new Error(`the kernel dropped ${drops} datagrams on their way to ${program}`);
      await collector.stop();
      return nfdumpTotals(files);
    },
  };
}

/** Bytes and packets as nfdump counts them: scaled by sampling where it knows the rate, sFlow by the length of the frame. */
async function nfdumpTotals(files: string): Promise<NfdumpTotals> {
  const text = await runProgram('nfdump', ['-R', files, '-I']);
  const read = (name: string) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    records: read('Flows'),
    bytes: read('Bytes'),
    packets: read('Packets'),
    sequenceFailures: read('Sequence failures'),
  };
}
