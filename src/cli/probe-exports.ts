import { lookup } from 'node:dns/promises';
import { WeirError } from '../base/index.ts';
import { FlowExport, type FlowSink, type Flows } from '../meter/index.ts';
import { openUdpSender, type UdpSender } from '../system/index.ts';
import { type ExportProtocol, type FlowEncoder, flowEncoder } from '../wire/index.ts';
import { parseTarget } from './command-export-target.ts';
import { counted, grouped } from './human.ts';

/** A collector that a probe sends to. */
export interface ProbeExport {
  readonly to: string;
  readonly sender: UdpSender;
  readonly encoder: FlowEncoder;
  readonly sink: FlowExport;
}

/** A probe cannot wait for a collector that is slow to read, so it sends over UDP. */
const TO_PROBE = /^(netflow5|netflow9|ipfix):\/\//i;
/** What was lost is told again after so long; a loss that is new is told sooner. */
const ACCOUNT_MS = 60_000;
const NEWS_MS = 5_000;
/** A collector of a network nearby that is not there says so within this. */
const ANSWER_MS = 100;

export interface ProbeExportOptions {
  readonly biflow: boolean;
  readonly domain?: number | undefined;
  /** Packets that the kernel had no room for, since the beginning. */
  readonly ignoredPackets: () => number;
}

/** The flows of a meter to all collectors of a probe. */
export class ProbeExports implements FlowSink {
  readonly all: readonly ProbeExport[];
  private readonly ignoredPackets: () => number;
  private accountMs = 0;
  private told = 0;

  private constructor(all: readonly ProbeExport[], ignoredPackets: () => number) {
    this.all = all;
    this.ignoredPackets = ignoredPackets;
  }

  /** Opens the sockets; nothing is sent before `tick`. */
  static async open(targets: readonly string[], options: ProbeExportOptions): Promise<ProbeExports> {
    const all: ProbeExport[] = [];
    try {
      for (const to of targets) all.push(await openExport(to, options));
      return new ProbeExports(all, options.ignoredPackets);
    } catch (error) {
      for (const { sender } of all) sender.close();
      throw error;
    }
  }

  flow(flows: Flows, slot: number, endReason: number): void {
    for (const { sink } of this.all) sink.flow(flows, slot, endReason);
  }

  /** Sends what is begun: a flow waits no longer than from one call to the next. The first call tells collectors where counting begins. */
  tick(nowMs: number): void {
    const ignored = this.ignoredPackets();
    const age = nowMs - this.accountMs;
    const account = age >= ACCOUNT_MS || age < 0 || (ignored > this.told && age >= NEWS_MS);
    for (const { sink, encoder } of this.all) {
      sink.nowMs = nowMs;
      encoder.flush(nowMs);
      if (account) encoder.giveAccount(nowMs);
    }
    if (!account) return;
    this.accountMs = nowMs;
    this.told = ignored;
  }

  /** Sends what is left and what was lost, and closes the sockets. */
  end(nowMs: number): void {
    for (const { encoder, sender } of this.all) {
      encoder.flush(nowMs);
      encoder.giveAccount(nowMs);
      sender.settle(ANSWER_MS);
      sender.close();
    }
  }

  /** The collectors that answered that nobody listens; null where there is none. */
  get refusal(): WeirError | null {
    const lines = this.all.flatMap(({ to, sender: { sent, refused } }) => {
      if (refused === 0) return [];
      const datagrams = counted(sent, 'datagram');
      return refused >= sent
        ? [`${to}: nobody listened: all ${datagrams} refused`]
        : [`${to}: nobody listened at times: at least ${grouped(refused)} of ${datagrams} refused`];
    });
    return lines.length === 0 ? null : new WeirError('system', lines.join('\n'));
  }
}

async function openExport(to: string, { biflow, domain, ignoredPackets }: ProbeExportOptions): Promise<ProbeExport> {
  const target = TO_PROBE.test(to) ? parseTarget(to) : null;
  if (target?.kind !== 'collector') {
    throw new WeirError(
      'usage',
      `--to ${to}: a probe sends to netflow5://HOST:PORT, netflow9://HOST:PORT or ipfix://HOST:PORT`,
    );
  }
  const sender = openUdpSender(await addressOf(target.host), target.port);
  const encoder = encoderOf(target.protocol, sender, domain, ignoredPackets);
  return { to, sender, encoder, sink: new FlowExport(encoder, { reverse: biflow && target.protocol === 'ipfix' }) };
}

function encoderOf(
  protocol: ExportProtocol,
  sender: UdpSender,
  domain: number | undefined,
  ignoredPackets: () => number,
): FlowEncoder {
  return flowEncoder(protocol, {
    send: (datagram) => void sender.send(datagram),
    ignoredPackets,
    ...(domain === undefined ? {} : { domain }),
  });
}

async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw new WeirError('not_found', `--to: there is no host ${host}`, { cause: error });
  }
}
