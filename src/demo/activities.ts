import { type Campus, SERVER } from './campus.ts';
import { ICMP, type Talk, TCP, UDP } from './flow.ts';
import {
  CALLS,
  MAILERS,
  NAME_SERVERS,
  type Remote,
  remoteOf,
  SCANNERS,
  STREAMS,
  UPDATES,
  VISITORS,
  WEB,
} from './outside.ts';
import type { Random } from './random.ts';
import { always, atHome, atNight, atWork, type Rhythm, worldwide } from './rhythm.ts';

/** What makes conversations of the ordinary. */
export interface Maker {
  readonly random: Random;
  readonly campus: Campus;
  /** The server of the wiki at the time: it moves. */
  wikiAt(ms: number): { readonly address: number; readonly port: number; readonly event: number | undefined };
  talk(talk: Talk): void;
}

/** One kind of what a campus does all the time. */
export interface Activity {
  readonly name: string;
  /** Share of all flows, and how many flows one of its turns makes on average. */
  readonly share: number;
  readonly flows: number;
  readonly rhythm: Rhythm;
  readonly turn: (maker: Maker, startMs: number) => void;
}

const MB = 1_000_000;

/** A port that a client's system chooses (the range of Linux). */
export const clientPort = (random: Random): number => random.whole(32_768, 60_999);

/** Shares follow what the networks of universities report: many small flows of names and pages, few large ones that are most of the bytes, probes all day. */
export const ACTIVITIES: readonly Activity[] = [
  {
    name: 'web of staff',
    share: 0.26,
    flows: 3.6,
    rhythm: atWork,
    turn: (m, t) => web(m, m.random.pickUneven(m.campus.staff), t),
  },
  {
    name: 'web of residents',
    share: 0.17,
    flows: 3.6,
    rhythm: atHome,
    turn: (m, t) => web(m, m.random.pickUneven(m.campus.residents), t),
  },
  { name: 'web of the lab', share: 0.07, flows: 3.6, rhythm: atWork, turn: (m, t) => web(m, labHost(m), t) },
  {
    name: 'video',
    share: 0.035,
    flows: 4.4,
    rhythm: atHome,
    turn: (m, t) => video(m, m.random.pickUneven(m.campus.residents), t),
  },
  { name: 'video at work', share: 0.008, flows: 4.4, rhythm: atWork, turn: (m, t) => video(m, anyStaff(m), t) },
  { name: 'calls', share: 0.012, flows: 4, rhythm: atWork, turn: call },
  { name: 'mail of clients', share: 0.045, flows: 2, rhythm: atWork, turn: (m, t) => readMail(m, t) },
  { name: 'mail between servers', share: 0.03, flows: 2, rhythm: worldwide, turn: deliverMail },
  { name: 'files', share: 0.04, flows: 2.1, rhythm: atWork, turn: files },
  { name: 'directory', share: 0.05, flows: 2, rhythm: atWork, turn: directory },
  { name: 'database', share: 0.05, flows: 2, rhythm: atWork, turn: database },
  { name: 'wiki', share: 0.03, flows: 2, rhythm: atWork, turn: wiki },
  { name: 'shells', share: 0.006, flows: 2, rhythm: atWork, turn: shell },
  { name: 'VPN', share: 0.004, flows: 6, rhythm: atWork, turn: vpn },
  { name: 'visitors', share: 0.075, flows: 2, rhythm: worldwide, turn: visit },
  { name: 'time', share: 0.02, flows: 2, rhythm: always, turn: time },
  { name: 'monitoring', share: 0.035, flows: 2, rhythm: always, turn: monitor },
  { name: 'updates', share: 0.02, flows: 2, rhythm: atNight, turn: update },
  { name: 'backups', share: 0.008, flows: 5, rhythm: atNight, turn: backup },
  { name: 'probes of the Internet', share: 0.05, flows: 1.15, rhythm: always, turn: probe },
];

const anyStaff = ({ random, campus }: Maker): number => random.pickUneven(campus.staff);
const labHost = ({ random, campus }: Maker): number => random.pickUneven(campus.lab).address;

function anyClient(maker: Maker): number {
  const { random, campus } = maker;
  if (random.chance(0.15)) return labHost(maker);
  return random.chance(0.15) ? random.pickUneven(campus.residents) : anyStaff(maker);
}

/** The name comes before the connection; most are in a cache. Gives when the answer is there. */
function lookUp(maker: Maker, client: number, startMs: number): number {
  const { random } = maker;
  if (random.chance(0.4)) return startMs;
  const takesMs = random.chance(0.3) ? random.whole(15, 90) : random.whole(1, 4);
  maker.talk({
    startMs,
    durationMs: takesMs,
    client,
    server: SERVER.resolver,
    clientPort: clientPort(random),
    serverPort: 53,
    protocol: UDP,
    up: random.whole(28, 60),
    down: random.whole(60, 400),
    does: 'dns',
  });
  if (takesMs > 10) {
    maker.talk({
      startMs: startMs + 1,
      durationMs: takesMs - 5,
      client: SERVER.resolver,
      server: remoteOf(random, NAME_SERVERS).address,
      clientPort: clientPort(random),
      serverPort: 53,
      protocol: UDP,
      up: random.whole(40, 70),
      down: random.whole(120, 900),
    });
  }
  return startMs + takesMs;
}

function web(maker: Maker, client: number, startMs: number): void {
  const { random } = maker;
  const server = remoteOf(random, WEB);
  const at = lookUp(maker, client, startMs);
  const down = random.chance(0.06) ? random.pareto(0.3 * MB, 1.15, 800 * MB) : random.logNormal(9_000, 1.5);
  const quic = random.chance(0.3);
  maker.talk({
    startMs: at,
    durationMs: Math.round(Math.min(280_000, random.logNormal(2_500, 1.3) + down / 4_000)),
    client,
    server: server.address,
    clientPort: clientPort(random),
    serverPort: !quic && random.chance(0.05) ? 80 : 443,
    protocol: quic ? UDP : TCP,
    up: random.logNormal(1_600, 0.8),
    down,
    serverName: server.name,
    does: 'web',
    outcome: random.chance(0.985) ? 'established' : 'unanswered',
  });
}

function video(maker: Maker, client: number, startMs: number): void {
  const { random } = maker;
  const server = remoteOf(random, STREAMS);
  const at = lookUp(maker, client, startMs);
  const seconds = Math.min(2_400, random.logNormal(240, 0.9));
  maker.talk({
    startMs: at,
    durationMs: Math.round(seconds * 1_000),
    client,
    server: server.address,
    clientPort: clientPort(random),
    serverPort: 443,
    protocol: random.chance(0.5) ? UDP : TCP,
    up: 20_000 + seconds * 900,
    // 1.5 to 6 Mbit/s.
    down: seconds * random.whole(190_000, 750_000),
    serverName: server.name,
    does: 'stream',
  });
}

function call(maker: Maker, startMs: number): void {
  const { random } = maker;
  const server = remoteOf(random, CALLS);
  const seconds = Math.min(3_600, random.logNormal(1_100, 0.6));
  const packets = Math.round(seconds * 90);
  maker.talk({
    startMs,
    durationMs: Math.round(seconds * 1_000),
    client: anyClient(maker),
    server: server.address,
    clientPort: clientPort(random),
    serverPort: 8_801,
    protocol: UDP,
    packets: [packets, Math.round(packets * 1.1)],
    up: packets * random.whole(500, 900),
    down: packets * random.whole(600, 1_000),
    serverName: server.name,
    does: 'call',
  });
}

/** Of a server of the campus, or of one outside that is not known by name. */
function ask(
  maker: Maker,
  startMs: number,
  ends: { client: number; server: number; serverPort: number },
  size: { up: number; down: number; durationMs: number },
  does = '',
  protocol = TCP,
): void {
  const { up, down, durationMs } = size;
  maker.talk({
    ...ends,
    startMs,
    durationMs: Math.round(durationMs),
    clientPort: clientPort(maker.random),
    protocol,
    up,
    down,
    does,
  });
}

function readMail(maker: Maker, startMs: number): void {
  const { random } = maker;
  const ends = { client: anyClient(maker), server: SERVER.mail, serverPort: random.chance(0.8) ? 993 : 587 };
  const size = {
    up: random.logNormal(2_000, 1.2),
    down: random.logNormal(12_000, 1.6),
    durationMs: random.logNormal(4_000, 1),
  };
  ask(maker, startMs, ends, size, 'mail');
}

function deliverMail(maker: Maker, startMs: number): void {
  const { random } = maker;
  const other = remoteOf(random, MAILERS).address;
  const comes = random.chance(0.65);
  const ends = comes
    ? { client: other, server: SERVER.mail, serverPort: 25 }
    : { client: SERVER.mail, server: other, serverPort: 25 };
  ask(maker, startMs, ends, {
    up: random.pareto(3_000, 1.1, 25 * MB),
    down: 900,
    durationMs: random.logNormal(2_000, 0.7),
  });
}

function files(maker: Maker, startMs: number): void {
  const { random } = maker;
  const ends = { client: anyClient(maker), server: SERVER.files, serverPort: 445 };
  const writes = random.chance(0.35);
  const large = random.pareto(20_000, 0.95, 900 * MB);
  const small = random.logNormal(6_000, 1);
  const size = { up: writes ? large : small, down: writes ? small : large };
  ask(maker, startMs, ends, { ...size, durationMs: random.logNormal(20_000, 1) + large / 20_000 }, 'files');
}

function directory(maker: Maker, startMs: number): void {
  const { random } = maker;
  const ends = { client: anyClient(maker), server: SERVER.directory, serverPort: random.pick([88, 88, 389, 636]) };
  const protocol = ends.serverPort === 88 && random.chance(0.6) ? UDP : TCP;
  ask(
    maker,
    startMs,
    ends,
    { up: random.logNormal(600, 0.5), down: random.logNormal(1_800, 0.8), durationMs: random.whole(2, 400) },
    'directory',
    protocol,
  );
}

function database(maker: Maker, startMs: number): void {
  const { random } = maker;
  const client = random.chance(0.85) ? SERVER.application : labHost(maker);
  const ends = { client, server: SERVER.database, serverPort: 5432 };
  ask(
    maker,
    startMs,
    ends,
    { up: random.logNormal(1_500, 1), down: random.logNormal(14_000, 1.8), durationMs: random.logNormal(900, 1.5) },
    'database',
  );
}

function wiki(maker: Maker, startMs: number): void {
  const { random } = maker;
  const { address, port, event } = maker.wikiAt(startMs);
  maker.talk({
    startMs,
    durationMs: Math.round(random.logNormal(1_500, 1)),
    client: anyClient(maker),
    server: address,
    clientPort: clientPort(random),
    serverPort: port,
    protocol: TCP,
    up: random.logNormal(1_200, 0.6),
    down: random.logNormal(25_000, 1.2),
    does: 'web',
    event,
  });
}

function shell(maker: Maker, startMs: number): void {
  const { random } = maker;
  const ends = { client: anyClient(maker), server: SERVER.shell, serverPort: 22 };
  ask(
    maker,
    startMs,
    ends,
    {
      up: random.logNormal(20_000, 1.2),
      down: random.logNormal(60_000, 1.5),
      durationMs: Math.min(7_200_000, random.logNormal(300_000, 1.2)),
    },
    'shell',
  );
}

function vpn(maker: Maker, startMs: number): void {
  const { random } = maker;
  const seconds = Math.min(6 * 3_600, random.logNormal(1_500, 1));
  const ends = { client: remoteOf(random, VISITORS).address, server: SERVER.vpn, serverPort: 51_820 };
  ask(
    maker,
    startMs,
    ends,
    {
      up: seconds * random.logNormal(3_000, 1),
      down: seconds * random.logNormal(12_000, 1),
      durationMs: seconds * 1_000,
    },
    '',
    UDP,
  );
}

function visit(maker: Maker, startMs: number): void {
  const { random } = maker;
  ask(
    maker,
    startMs,
    { client: remoteOf(random, VISITORS).address, server: SERVER.web, serverPort: random.chance(0.92) ? 443 : 80 },
    {
      up: random.logNormal(1_400, 0.6),
      down: random.pareto(6_000, 1.2, 60 * MB),
      durationMs: random.logNormal(3_000, 1),
    },
  );
}

function time(maker: Maker, startMs: number): void {
  const ends = { client: anyClient(maker), server: SERVER.time, serverPort: 123 };
  ask(maker, startMs, ends, { up: 48, down: 48, durationMs: maker.random.whole(1, 3) }, 'time', UDP);
}

function monitor(maker: Maker, startMs: number): void {
  const { random } = maker;
  const server = random.pick([SERVER.web, SERVER.mail, SERVER.files, SERVER.database, SERVER.directory, SERVER.shell]);
  const durationMs = random.whole(1, 40);
  if (random.chance(0.5)) {
    maker.talk({
      startMs,
      durationMs,
      client: SERVER.monitor,
      server,
      clientPort: 0,
      serverPort: 0,
      protocol: ICMP,
      up: 56,
      down: 56,
      packets: [1, 1],
    });
    return;
  }
  ask(maker, startMs, { client: SERVER.monitor, server, serverPort: 161 }, { up: 300, down: 900, durationMs }, '', UDP);
}

function update(maker: Maker, startMs: number): void {
  const { random } = maker;
  const server: Remote = remoteOf(random, UPDATES);
  const client = random.chance(0.2)
    ? labHost(maker)
    : random.chance(0.2)
      ? random.pick(maker.campus.residents)
      : random.pick(maker.campus.staff);
  const down = random.pareto(0.4 * MB, 0.95, 400 * MB);
  maker.talk({
    startMs,
    durationMs: Math.round(1_000 + down / 3_000),
    client,
    server: server.address,
    clientPort: clientPort(random),
    serverPort: random.chance(0.6) ? 80 : 443,
    protocol: TCP,
    up: 900 + down / 900,
    down,
    serverName: server.name,
    does: 'update',
  });
}

function backup(maker: Maker, startMs: number): void {
  const { random } = maker;
  const client = random.chance(0.3)
    ? labHost(maker)
    : random.pick([SERVER.files, SERVER.mail, SERVER.database, SERVER.wiki, SERVER.web]);
  const up = random.pareto(80 * MB, 1.1, 20_000 * MB);
  ask(
    maker,
    startMs,
    { client, server: SERVER.backup, serverPort: 873 },
    { up, down: up / 500, durationMs: 5_000 + up / 30_000 },
    'backup',
  );
}

/** Somebody is always at the door: single packets to addresses that mostly nobody has. */
function probe(maker: Maker, startMs: number): void {
  const { random } = maker;
  const { address } = remoteOf(random, SCANNERS);
  const hit = random.chance(0.15);
  maker.talk({
    startMs,
    durationMs: 0,
    client: address,
    server: hit
      ? random.pick(maker.campus.staff)
      : (random.chance(0.7) ? 0x0a_0a_00_00 : 0x0a_14_00_00) + random.whole(1, 65_534),
    clientPort: random.whole(1_024, 65_535),
    serverPort: random.pick([22, 23, 80, 443, 445, 1_433, 3_389, 5_060, 5_900, 8_080]),
    protocol: TCP,
    up: 0,
    down: 0,
    packets: [1, hit ? 1 : 0],
    outcome: hit ? 'refused' : 'unanswered',
  });
}
