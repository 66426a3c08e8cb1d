import { serving, shell } from './run.mjs';
import { check } from './tell.mjs';

const COUNT = Number(process.env.CLIENTS);
const SERVED = 7000;
/** Nobody listens there. */
const DISCARD = 9;
const TCP = 6;
const UDP = 17;
/** linux/socket.h: AF_INET is 2, SOCK_STREAM 1. Perl, because it starts and forks in no time on a machine that emulates each instruction. */
const FORKING_SERVER = `
  $| = 1; $SIG{CHLD} = "IGNORE";
  socket(L, 2, 1, 0) && bind(L, pack("Sna4x8", 2, ${SERVED}, pack("C4", 127, 0, 0, 1))) && listen(L, 128) or die $!;
  print "listening\\n";
  while (accept(C, L)) { if (!fork) { close L; syswrite(C, "$$\\n"); exit } close C }`;

/** Each connection is served by a process of its own, which tells its own number to a client that lives for that answer alone. */
export async function shortLived(agent, { seesSenders }) {
  const server = await serving(/listening/, 'perl', '-e', FORKING_SERVER);
  const client = `exec 3<>/dev/tcp/127.0.0.1/${SERVED}; read -r served <&3; echo $$ $served`;
  const pairs = lines(await shell('for i in $(seq "$1"); do bash -c "$2"; done', `${COUNT}`, client));
  server.stop();
  await server.ended;
  const sender = `echo $$; echo x > /dev/udp/127.0.0.1/${DISCARD}`;
  const senders = lines(await shell('for i in $(seq "$1"); do bash -c "$2"; done', `${COUNT}`, sender));
  return async (records) => {
    judgeConnections(pairs, records, seesSenders ? [] : [server.pid]);
    judgeSenders(senders, records);
    await judgeQuery(agent);
  };
}

/**
 * Where the kernel does not tell who sends, a connection is its last holder's. That is the process that served it, or who accepted it for that process, if this one
 * was slower to let go of it: `others` can be right as well.
 */
function judgeConnections(pairs, records, others) {
  const counted = records.filter((r) => r.protocol === TCP && r.duplicate !== 'yes');
  const clients = counted.filter((r) => r.dst_port === SERVED);
  const servers = new Map(counted.filter((r) => r.src_port === SERVED).map((r) => [r.dst_port, r.pid]));
  const expected = new Map(pairs.map((pair) => pair.split(' ')));
  const right = clients.filter((r) => r.process === 'bash' && expected.has(String(r.pid)));
  const served = right.filter((r) => String(servers.get(r.src_port)) === expected.get(String(r.pid)));
  const distinct = new Set(right.map((r) => r.pid)).size;
  check(
    'clients that live for a moment, with their pid',
    expected.size === COUNT && clients.length === COUNT && distinct === COUNT,
    `${distinct} of ${COUNT}`,
  );
  const accepted = right.filter((r) => !served.includes(r) && others.includes(servers.get(r.src_port))).length;
  check(
    'accepted sides, with the pid of who served',
    served.length + accepted === COUNT && served.length > COUNT / 2,
    `${served.length} of ${COUNT}${accepted > 0 ? `, ${accepted} of who accepted` : ''}`,
  );
}

function judgeSenders(senders, records) {
  const sent = records.filter((r) => r.protocol === UDP && r.dst_port === DISCARD && r.duplicate !== 'yes');
  const right = new Set(sent.filter((r) => r.process === 'bash').map((r) => String(r.pid)));
  const found = senders.filter((pid) => right.has(pid)).length;
  check(
    'senders of one datagram, with their pid',
    senders.length === COUNT && sent.length === COUNT && found === COUNT,
    `${found} of ${COUNT}`,
  );
}

/** The command that a person would type. */
async function judgeQuery(agent) {
  const question = ['query', '--by', 'process,dst_port', '--metrics', 'flows', '--from', 'all', '--format', 'jsonl'];
  const answer = (await agent.weir(...question, `dst port ${SERVED}`)).trim().split('\n');
  const rows = answer.map((line) => JSON.parse(line)).map((row) => `${row.process} ${row.dst_port} ${row.flows}`);
  check('weir query --by process,dst_port', rows.join() === `bash ${SERVED} ${COUNT}`, rows.join(', ') || 'nothing');
}

function lines(text) {
  return text.trim().split('\n');
}
