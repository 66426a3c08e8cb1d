import { encodeNetflow5, type Netflow5Record } from '../wire/index.ts';

/** A datagram of one of the routers. */
export interface SampleDatagram {
  readonly bytes: Uint8Array;
  /** Number of the router, 0 to SAMPLE_ROUTERS - 1. */
  readonly router: number;
  readonly receivedMs: number;
}

const SAMPLE_ROUTERS = 8;
/** The networks that are home to the flows. */
export const SAMPLE_HOME = ['10.0.0.0/8'];
/** What the flows are, for those who read figures that were measured with them. */
export const SAMPLE_MIX =
  'NetFlow v5, 30 flows a datagram, of 8 routers with 24 interfaces each; 24,000 home and 65,536 outside addresses, 3,000 AS; 77 % TCP, 20 % UDP, 3 % ICMP; 45 % in, 45 % out, 7 % inside, 3 % scans of ever new addresses; no sampling';

const HOME_HOSTS = 24_000;
const OUTSIDE_HOSTS = 65_536;
const SYSTEMS = 3_000;
const OWN_SYSTEM = 64_500;
const INTERFACES = 24;
const RECORDS = 30;
const UPTIME_MS = 864_000_000;
const TEN_NET = 10 * 2 ** 24;
/** Up to which share of all flows some protocol and port is used; above the last one it is any. */
const SERVICES = [
  [0.42, 6, 443],
  [0.52, 17, 443],
  [0.62, 17, 53],
  [0.68, 6, 80],
  [0.71, 1, 0],
  [0.74, 17, 123],
  [0.77, 6, 22],
  [0.8, 6, 993],
  [0.83, 6, 445],
  [0.85, 6, 3389],
  [0.87, 6, 8080],
] as const;

/** Flows as a network of some ten thousand hosts has them, in datagrams of its routers. The same every time. */
export class SampleFlows {
  private state = 0x9e37_79b9;
  private router = 0;
  private readonly sequences = new Uint32Array(SAMPLE_ROUTERS);
  private readonly outside = Uint32Array.from({ length: OUTSIDE_HOSTS }, () => this.outsideAddress());
  private readonly systems = Uint16Array.from({ length: OUTSIDE_HOSTS }, () => 1_000 + this.few(SYSTEMS));

  /** The datagrams of at least so many flows, which end at even distances from `fromMs` on. */
  next(flows: number, fromMs: number, perSecond: number): SampleDatagram[] {
    const datagrams: SampleDatagram[] = [];
    for (let made = 0; made < flows; made += RECORDS) {
      const receivedMs = Math.floor(fromMs + ((made + RECORDS) * 1_000) / perSecond);
      datagrams.push(this.datagram(receivedMs));
    }
    return datagrams;
  }

  private datagram(receivedMs: number): SampleDatagram {
    const router = this.router++ % SAMPLE_ROUTERS;
    const records = Array.from({ length: RECORDS }, () => this.flow(router, receivedMs));
    const sequence = this.sequences[router]!;
    this.sequences[router]! += RECORDS;
    const made = encodeNetflow5(records, { exportMs: receivedMs, bootMs: receivedMs - UPTIME_MS, sequence });
    return { bytes: made.datagrams[0]!, router, receivedMs };
  }

  private flow(router: number, nowMs: number): Netflow5Record {
    const used = this.random();
    const service = SERVICES.find(([most]) => used < most);
    const protocol = service ? service[1] : this.random() < 0.8 ? 6 : 17;
    const port = service ? service[2] : 1 + this.any(49_000);
    const client = protocol === 1 ? 0 : 1_024 + this.any(64_000);
    const kind = this.random();
    const isScan = kind < 0.03;
    const isInside = kind >= 0.03 && kind < 0.1;
    const isIn = kind < 0.55;
    const near = this.few(HOME_HOSTS);
    const far = this.few(isInside ? HOME_HOSTS : OUTSIDE_HOSTS);
    const home = isScan ? TEN_NET + this.any(2 ** 24) : homeAddress(near);
    const peer = isInside ? homeAddress(far) : this.outside[far]!;
    const system = isInside ? OWN_SYSTEM : this.systems[far]!;
    const packets = isScan ? 1 : Math.floor(Math.exp(this.random() * 6));
    const endMs = nowMs - this.any(15_000);
    const [from, to] = isIn ? [peer, home] : [home, peer];
    const [fromSystem, toSystem] = isIn ? [system, OWN_SYSTEM] : [OWN_SYSTEM, system];
    // A scan asks for the service; of the others half are answers.
    const [fromPort, toPort] = isScan || !isIn ? [client, port] : [port, client];
    return {
      src: from,
      dst: to,
      nextHop: TEN_NET + (far & 15),
      inIf: 1 + ((near + (isIn ? router : 3)) % INTERFACES),
      outIf: 1 + ((far + (isIn ? 5 : router)) % INTERFACES),
      packets,
      bytes: packets * (60 + Math.floor(this.random() ** 2 * 1_380)),
      startMs: packets === 1 ? endMs : endMs - Math.floor(this.random() ** 3 * 60_000),
      endMs,
      srcPort: fromPort,
      dstPort: toPort,
      tcpFlags: protocol !== 6 ? 0 : isScan ? 2 : 27,
      protocol,
      tos: this.random() < 0.1 ? 184 : 0,
      srcAs: fromSystem,
      dstAs: toSystem,
      srcMask: 16,
      dstMask: 24,
    };
  }

  /** 0 to 1, by xorshift (Marsaglia 2003). */
  private random(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return (x >>> 0) / 2 ** 32;
  }

  private any(n: number): number {
    return Math.floor(n * this.random());
  }

  /** Few of the n often, most of them seldom. */
  private few(n: number): number {
    return Math.floor(n * this.random() ** 3);
  }

  private outsideAddress(): number {
    return (11 + this.any(180)) * 2 ** 24 + this.any(2 ** 24);
  }
}

/** Some 100 of the hosts are in one /24. */
function homeAddress(host: number): number {
  return TEN_NET + Math.floor(host / 100) * 256 + 1 + (host % 100);
}
