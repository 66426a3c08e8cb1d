import { createSocket } from 'node:dgram';
import { sleep } from '../node.testing.ts';
import { udpSocket } from './udp-sockets.testing.ts';

/** Gives each datagram of one exporter to several collectors, so that all judge the same bytes, and keeps it for tshark. */
export interface Relay {
  /** Where the exporter sends to. */
  readonly port: number;
  /** What the collectors take for the exporter's address. */
  readonly exporter: string;
  readonly datagrams: readonly Buffer[];
  /** Resolves when no datagram came for `quietMs`; throws when the kernel lost one on the way here. */
  settle(quietMs?: number): Promise<void>;
  close(): void;
}

/**
 * `exporter` is an address of 127/8 of its own: programs that start at the same domain and the same template numbers, all on this
 * machine, stay as apart as they are in a network.
 */
export async function startRelay(exporter: string, ports: readonly number[]): Promise<Relay> {
  const from = createSocket('udp4');
  await new Promise<void>((resolve) => from.bind(0, '127.0.0.1', resolve));
  from.setRecvBufferSize(8 << 20);
  const to = createSocket('udp4');
  await new Promise<void>((resolve) => to.bind(0, exporter, resolve));
  const { port } = from.address();
  const datagrams: Buffer[] = [];
  let lastMs = Date.now();
  from.on('message', (bytes) => {
    lastMs = Date.now();
    datagrams.push(bytes);
    for (const target of ports) to.send(bytes, target, '127.0.0.1');
  });
  // A collector that has ended meanwhile refuses what still comes.
  to.on('error', () => undefined);
  return {
    port,
    exporter,
    datagrams,
    settle: async (quietMs = 500) => {
      lastMs = Date.now();
      while (Date.now() - lastMs < quietMs) await sleep(50);
      const drops = udpSocket(port)?.drops ?? 0;
      if (drops > 0) throw new Error(`the kernel dropped ${drops} datagrams on their way to the relay`);
    },
    close: () => {
      from.close();
      to.close();
    },
  };
}
