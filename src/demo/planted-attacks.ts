import { clientPort } from './activities.ts';
import { ip, isServer, SERVER, textOf } from './campus.ts';
import { type Talk, TCP } from './flow.ts';
import { FLOOD, remoteOf } from './outside.ts';
import { type Planted, paced, type Schedule } from './planted.ts';

/** Attackers have addresses for documentation (RFC 5737), one for each event. */
const HORIZONTAL = ip(198, 51, 100, 23);
const VERTICAL = ip(198, 51, 100, 77);
const SLOW = ip(198, 51, 100, 140);
const GUESSER = ip(198, 51, 100, 201);
const DROP_BOX = ip(198, 51, 100, 250);

export function attacks(schedule: Schedule): Planted[] {
  return [
    horizontalScan(schedule),
    verticalScan(schedule),
    slowScan(schedule),
    synFlood(schedule),
    bruteForce(schedule),
    exfiltration(schedule),
  ];
}

/** One packet to a port; what is there answers with RST, or with SYN-ACK where the port is open. */
function knock(
  client: number,
  server: number,
  serverPort: number,
  startMs: number,
  clientPort: number,
  event: number,
  there: boolean,
  open: boolean,
): Talk {
  return {
    startMs,
    durationMs: there ? 1 : 0,
    client,
    server,
    clientPort,
    serverPort,
    protocol: TCP,
    up: 0,
    down: 0,
    packets: [open ? 2 : 1, there ? 1 : 0],
    outcome: there && !open ? 'refused' : there ? 'established' : 'unanswered',
    event,
  };
}

function horizontalScan(schedule: Schedule): Planted {
  const period = schedule.at(1, 3.5, 20);
  const count = schedule.scaled(4_096, 300);
  return {
    kind: 'horizontal_scan',
    ...period,
    actors: { scanner: textOf(HORIZONTAL), target: '10.10.16.0/20' },
    look: 'one source sends single SYN packets to port 445 of one address after the other; few exist, and those refuse',
    filter: `host ${textOf(HORIZONTAL)}`,
    facts: { targets: count, port: 445 },
    minute: ({ campus, random, talk }, minute, event) => {
      const there = new Set(campus.staff);
      paced(period, count, minute, (i, at) => {
        const target = ip(10, 10, 16, 0) + i;
        talk(knock(HORIZONTAL, target, 445, at, clientPort(random), event, there.has(target), false));
      });
    },
  };
}

function verticalScan(schedule: Schedule): Planted {
  const period = schedule.at(2, 13.2, 12);
  const count = schedule.scaled(10_000, 400);
  return {
    kind: 'vertical_scan',
    ...period,
    actors: { scanner: textOf(VERTICAL), target: textOf(SERVER.web) },
    look: 'one source asks one server on thousands of ports in minutes; 80 and 443 are open, all others refuse',
    filter: `host ${textOf(VERTICAL)}`,
    facts: { ports: count },
    minute: ({ random, talk }, minute, event) =>
      paced(period, count, minute, (i, at) => {
        const port = i + 1;
        talk(knock(VERTICAL, SERVER.web, port, at, clientPort(random), event, true, port === 80 || port === 443));
      }),
  };
}

function slowScan(schedule: Schedule): Planted {
  const everyMs = 10 * 60_000;
  const count = Math.floor((schedule.toMs - schedule.fromMs) / everyMs);
  const period = { fromMs: schedule.fromMs, toMs: schedule.fromMs + count * everyMs };
  return {
    kind: 'slow_scan',
    ...period,
    actors: { scanner: textOf(SLOW), target: '10.10.0.0/16' },
    look: 'one source tries port 22 of another address every ten minutes, all the time: far below any threshold of rate',
    filter: `host ${textOf(SLOW)}`,
    facts: { targets: count, port: 22, every_seconds: everyMs / 1_000 },
    minute: ({ random, talk }, minute, event) =>
      paced(period, count, minute, (i, at) => {
        const target = ip(10, 10, 1, 0) + ((i * 37) % 0x1000);
        const open = target === SERVER.shell;
        talk(
          knock(
            SLOW,
            target,
            22,
            at + random.whole(0, 20_000),
            clientPort(random),
            event,
            open || isServer(target),
            open,
          ),
        );
      }),
  };
}

function synFlood(schedule: Schedule): Planted {
  const period = schedule.at(3, 16.5, 14);
  const count = schedule.scaled(60_000, 1_200);
  return {
    kind: 'syn_flood',
    ...period,
    actors: { sources: '198.19.0.0/16 (forged)', target: textOf(SERVER.web) },
    look: 'a SYN packet each from tens of thousands of sources to port 443 of one server, which answers a third of them; no connection comes about',
    filter: `net 198.19.0.0/16`,
    facts: { sources_at_most: count, port: 443 },
    minute: ({ random, talk }, minute, event) =>
      paced(period, count, minute, (_, at) => {
        const answered = random.chance(0.33);
        talk({
          ...knock(
            remoteOf(random, FLOOD).address,
            SERVER.web,
            443,
            at,
            random.whole(1_024, 65_535),
            event,
            answered,
            false,
          ),
          outcome: 'unanswered',
          packets: [random.whole(1, 3), answered ? 1 : 0],
        });
      }),
  };
}

function bruteForce(schedule: Schedule): Planted {
  const period = schedule.at(4, 22, 100);
  const count = schedule.scaled(2_400, 200);
  return {
    kind: 'ssh_brute_force',
    ...period,
    actors: { attacker: textOf(GUESSER), target: textOf(SERVER.shell) },
    look: 'one source opens a short connection to SSH every few seconds, all of the same size: passwords are tried',
    filter: `host ${textOf(GUESSER)}`,
    facts: { attempts: count, port: 22 },
    minute: ({ random, talk }, minute, event) =>
      paced(period, count, minute, (_, at) =>
        talk({
          startMs: at,
          durationMs: random.whole(1_800, 2_600),
          client: GUESSER,
          server: SERVER.shell,
          clientPort: clientPort(random),
          serverPort: 22,
          protocol: TCP,
          up: 2_100 + random.whole(0, 60),
          down: 2_900 + random.whole(0, 60),
          event,
        }),
      ),
  };
}

function exfiltration(schedule: Schedule): Planted {
  const period = schedule.at(5, 1.8, 55);
  const connections = 4;
  return {
    kind: 'exfiltration',
    ...period,
    actors: { source: textOf(SERVER.files), destination: textOf(DROP_BOX) },
    look: 'the file server, which is asked and hardly ever asks, sends gigabytes to one address outside at night',
    filter: `host ${textOf(DROP_BOX)}`,
    facts: { connections },
    minute: ({ random, talk }, minute, event) =>
      paced(period, connections, minute, (i, at) =>
        talk({
          startMs: at + 2_000,
          durationMs: 12 * 60_000 + random.whole(0, 40_000),
          client: SERVER.files,
          server: DROP_BOX,
          clientPort: 40_000 + i,
          serverPort: 443,
          protocol: TCP,
          up: 1_500_000_000 + random.whole(0, 300_000_000),
          down: 3_000_000 + random.whole(0, 500_000),
          event,
        }),
      ),
  };
}
