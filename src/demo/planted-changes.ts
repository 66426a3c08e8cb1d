import { clientPort } from './activities.ts';
import { type Campus, ip, SERVER, textOf } from './campus.ts';
import { TCP, UDP } from './flow.ts';
import { PEERS, remoteOf, VISITORS } from './outside.ts';
import { type Planted, paced, type Schedule } from './planted.ts';

/** What a beacon reports to, and what is on the demo's own list of bad addresses. */
const COMMAND = ip(198, 51, 100, 66);
export const LISTED = ip(192, 0, 2, 66);
/** The beacon's sleep, and how far it is off. */
const BEACON_MS = 300_000;
const JITTER_MS = 2_000;

export const OLD_WIKI = { address: SERVER.wiki, port: 8_080 } as const;
export const NEW_WIKI = { address: SERVER.newWiki, port: 8_443 } as const;

/** Both directions of what a server does at a port. */
function filterOf({ address, port }: { readonly address: number; readonly port: number }): string {
  const text = textOf(address);
  return `(dst ip ${text} and dst port ${port}) or (src ip ${text} and src port ${port})`;
}

/** What changes, and who behaves oddly. `wikiMovesMs`: when the ordinary traffic of the wiki changes over. */
export function changes(schedule: Schedule, campus: Campus, wikiMovesMs: number): Planted[] {
  return [
    movedService(schedule, wikiMovesMs),
    newService(schedule),
    beacon(schedule, campus),
    peerToPeer(schedule, campus),
    listedAddress(schedule, campus),
    flashCrowd(schedule),
  ];
}

function movedService(schedule: Schedule, wikiMovesMs: number): Planted {
  const old = textOf(OLD_WIKI.address);
  const now = textOf(NEW_WIKI.address);
  return {
    kind: 'moved_service',
    fromMs: wikiMovesMs,
    toMs: schedule.toMs,
    actors: { before: `${old}:${OLD_WIKI.port}`, after: `${now}:${NEW_WIKI.port}` },
    look: 'all clients of one server and port ask another one from one minute to the next, with flows like those before',
    filter: filterOf(NEW_WIKI),
    facts: { before_filter: filterOf(OLD_WIKI), before_from_ms: schedule.fromMs },
  };
}

function newService(schedule: Schedule): Planted {
  const { fromMs } = schedule.at(3, 9, 60);
  const period = { fromMs, toMs: schedule.toMs };
  const days = (schedule.toMs - fromMs) / 86_400_000;
  const count = schedule.scaled(Math.ceil(2_400 * days), 120);
  return {
    kind: 'new_service',
    ...period,
    actors: { server: `${textOf(SERVER.dashboards)}:3000` },
    look: 'a server and port that nobody asked before; its clients become more from day to day',
    filter: filterOf({ address: SERVER.dashboards, port: 3_000 }),
    facts: { connections: count },
    minute: ({ random, campus, talk }, minute, event) =>
      paced(period, count, minute, (i, at) => {
        const known = Math.max(3, Math.ceil((campus.staff.length * (i + 1)) / count / 2));
        talk({
          startMs: at,
          durationMs: random.whole(300, 9_000),
          client: campus.staff[random.whole(0, known - 1)]!,
          server: SERVER.dashboards,
          clientPort: clientPort(random),
          serverPort: 3_000,
          protocol: TCP,
          up: random.logNormal(1_500, 0.5),
          down: random.logNormal(40_000, 1),
          event,
        });
      }),
  };
}

function beacon(schedule: Schedule, { lab }: Campus): Planted {
  const host = lab[6]!;
  const { fromMs } = schedule.at(2, 8.1, 60);
  const count = Math.floor((schedule.toMs - fromMs - 60_000) / BEACON_MS);
  const period = { fromMs, toMs: fromMs + count * BEACON_MS };
  return {
    kind: 'beacon',
    ...period,
    actors: { host: textOf(host.address), agent: host.name, process: 'updsvc', command: textOf(COMMAND) },
    look: 'one process of one host asks one address every five minutes, day and night, with little in it; its executable is in /tmp',
    filter: `host ${textOf(COMMAND)}`,
    facts: { connections: count, every_seconds: BEACON_MS / 1_000, jitter_seconds: JITTER_MS / 1_000 },
    minute: ({ random, talk }, minute, event) =>
      paced(period, count, minute, (_, at) =>
        talk({
          startMs: at + random.whole(0, JITTER_MS),
          durationMs: random.whole(180, 420),
          client: host.address,
          server: COMMAND,
          clientPort: clientPort(random),
          serverPort: 443,
          protocol: TCP,
          up: 620 + random.whole(0, 24),
          down: 310 + random.whole(0, 16),
          does: 'beacon',
          event,
        }),
      ),
  };
}

function peerToPeer(schedule: Schedule, { staff }: Campus): Planted {
  const host = staff[41]!;
  const period = schedule.at(4, 17.5, 300);
  const count = schedule.scaled(9_000, 300);
  return {
    kind: 'peer_to_peer',
    ...period,
    actors: { host: textOf(host), peers: '198.18.0.0/19' },
    look: 'one client talks to thousands of addresses at ports above 1024 in both directions, is asked as well as asks, and sends as much as it gets',
    filter: 'net 198.18.0.0/19',
    facts: { conversations: count },
    minute: ({ random, talk }, minute, event) =>
      paced(period, count, minute, (_, at) => {
        const peer = remoteOf(random, PEERS).address;
        const asks = random.chance(0.55);
        const carries = random.chance(0.2);
        talk({
          startMs: at,
          durationMs: carries ? random.whole(20_000, 280_000) : random.whole(0, 900),
          client: asks ? host : peer,
          server: asks ? peer : host,
          clientPort: asks ? 51_413 : random.whole(1_025, 65_000),
          serverPort: asks ? random.whole(1_025, 65_000) : 51_413,
          protocol: random.chance(0.7) ? UDP : TCP,
          up: carries ? random.pareto(200_000, 1.1, 40_000_000) : 90,
          down: carries ? random.pareto(200_000, 1.1, 40_000_000) : 250,
          event,
        });
      }),
  };
}

function listedAddress(schedule: Schedule, { staff }: Campus): Planted {
  const host = staff[97]!;
  const period = schedule.at(5, 10.3, 90);
  return {
    kind: 'listed_address',
    ...period,
    actors: { host: textOf(host), listed: textOf(LISTED) },
    look: 'a client talks to an address that is on the list "demo"; weir report blocklist names it',
    filter: `host ${textOf(LISTED)}`,
    minute: ({ random, talk }, minute, event) =>
      paced(period, 36, minute, (_, at) =>
        talk({
          startMs: at,
          durationMs: random.whole(400, 20_000),
          client: host,
          server: LISTED,
          clientPort: clientPort(random),
          serverPort: 6_667,
          protocol: TCP,
          up: random.whole(400, 3_000),
          down: random.whole(600, 9_000),
          event,
        }),
      ),
  };
}

/** Real people: a detector that calls it an attack is wrong. */
function flashCrowd(schedule: Schedule): Planted {
  const period = schedule.at(1, 12, 40);
  const count = schedule.scaled(12_000, 400);
  return {
    kind: 'flash_crowd',
    ...period,
    actors: { server: `${textOf(SERVER.web)}:8443`, clients: 'visitors from many networks' },
    look: 'enrolment opens: many visitors ask one port at once, get pages, and leave; not an attack',
    filter: `(${filterOf({ address: SERVER.web, port: 8_443 })}) and not net 198.51.100.0/24`,
    facts: { visits: count },
    minute: ({ random, talk }, minute, event) =>
      paced(period, count, minute, (_, at) =>
        talk({
          startMs: at,
          durationMs: random.whole(400, 30_000),
          client: remoteOf(random, VISITORS).address,
          server: SERVER.web,
          clientPort: clientPort(random),
          serverPort: 8_443,
          protocol: TCP,
          up: random.logNormal(2_500, 0.5),
          down: random.logNormal(90_000, 0.9),
          event,
        }),
      ),
  };
}
