import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import packet from 'dns-packet';
import { initialPacket } from '../../../src/packet/application/quic-initial.testing.ts';
import { check } from './tell.mjs';

const TLS = 8443;
const QUIC = 443;
const NAMED = { port: 8081, address: '127.0.0.9', name: 'named.example.org' };
const DNS_PORT = 53;

/** A client of TLS, one of QUIC, and one that asked DNS for its server's address: each knew a name, which is in what it sent or received. */
export async function serverNames() {
  await clientOfTls('secure.example.org');
  await clientOfQuic();
  const resolved = await clientOfDns();
  return (records) => {
    judge(records, 'TLS', TLS, 'secure.example.org');
    // RFC 9001 appendix A.2.
    judge(records, 'QUIC', QUIC, 'example.com');
    judge(records, 'DNS', NAMED.port, resolved === NAMED.address ? NAMED.name : 'an answer');
  };
}

async function clientOfTls(servername) {
  const server = await listening(TLS, '127.0.0.1', (socket) => socket.once('data', () => socket.end()));
  const client = connectSecurely({ host: '127.0.0.1', port: TLS, servername });
  // The server has no certificate: the client has said what is of interest when it is left alone.
  client.on('error', () => {});
  await new Promise((resolve) => client.once('close', resolve));
  server.close();
}

async function clientOfQuic() {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send(initialPacket(), QUIC, '127.0.0.1', resolve));
  socket.close();
}

async function clientOfDns() {
  const dns = createSocket('udp4');
  dns.on('message', (message, { port, address }) => {
    const { id, questions } = packet.decode(message);
    const answers = [{ type: 'A', name: questions[0].name, ttl: 60, data: NAMED.address }];
    dns.send(packet.encode({ type: 'response', id, questions, answers }), port, address);
  });
  dns.bind(DNS_PORT, '127.0.0.1');
  await once(dns, 'listening');
  const resolver = new Resolver();
  resolver.setServers(['127.0.0.1']);
  const [address] = await resolver.resolve4(NAMED.name);
  dns.close();
  const server = await listening(NAMED.port, address, (socket) => socket.end('x'));
  const client = connect(NAMED.port, address).resume();
  await once(client, 'close');
  server.close();
  return address;
}

async function listening(port, address, serve) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(port, address);
  await once(server, 'listening');
  return server;
}

function judge(records, protocol, port, name) {
  const found = records.filter((r) => r.dst_port === port && r.duplicate !== 'yes');
  const names = found.map((r) => r.server_name || 'none');
  const ok = found.length === 1 && found[0].server_name === name && found[0].pid === process.pid;
  check(`server name from ${protocol}`, ok, names.join(', ') || 'no record');
}
