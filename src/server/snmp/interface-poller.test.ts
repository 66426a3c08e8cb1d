import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import snmp from 'net-snmp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLog } from '../../base/index.ts';
import { readInterfaceNames } from '../../store/index.ts';
import { revisionOf } from '../file-revision.ts';
import { InterfacePoller } from './interface-poller.ts';
import { walkInterfaces } from './interface-walk.ts';
import { type SnmpAccess, snmpAccess, snmpSetting } from './snmp-setting.ts';

/** Debian's agent, which we did not write. */
const SNMPD = '/usr/sbin/snmpd';
const log = createLog({ style: 'json', level: 'fatal' });
const folder = mkdtempSync(join(tmpdir(), 'weir-snmp-'));
const secret = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, `${text}\n`);
  return path;
};
const bounds = { timeoutMs: 500, retries: 0, totalMs: 10_000 };
let agent: ChildProcess;
let port: number;

afterAll(async () => {
  if (agent?.kill()) await once(agent, 'exit');
  rmSync(folder, { recursive: true, force: true });
});

const access = (rule: Record<string, unknown>): SnmpAccess[] =>
  snmpAccess(snmpSetting.parse([{ prefix: '127.0.0.0/8', port, ...rule }]));

/** What a poller says after it has asked an exporter once. */
async function poll(rules: readonly SnmpAccess[], exporter = '127.0.0.1') {
  const path = join(folder, `${Math.random()}.json`);
  const exporters = async () => [exporter];
  const poller = new InterfacePoller({ path, configured: [], access: rules, exporters, log, bounds, tickMs: 10 });
  poller.start();
  await vi.waitFor(
    () => {
      const isAsked = poller.status().some(({ failure }) => failure !== null);
      expect(isAsked || readInterfaceNames(path).asked.length > 0).toBe(true);
    },
    { timeout: 45_000 },
  );
  await poller.stop();
  return { failure: poller.status()[0]?.failure ?? null, asked: readInterfaceNames(path).asked };
}

describe.skipIf(!existsSync(SNMPD))('snmpd (skipped without it)', () => {
  beforeAll(async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    port = (socket.address() as AddressInfo).port;
    socket.close();
    const config = secret(
      'snmpd.conf',
      [
        'rocommunity weir-test',
        'createUser noc SHA-256 "auth-password" AES "privacy-password"',
        'rouser noc authPriv',
        `[snmp] persistentDir ${folder}`,
      ].join('\n'),
    );
    const args = ['-f', '-Lf', '/dev/null', '-C', '-c', config, '-p', join(folder, 'pid'), `udp:127.0.0.1:${port}`];
    agent = spawn(SNMPD, args, { stdio: 'ignore', env: { ...process.env, SNMP_PERSISTENT_DIR: folder } });
  });

  const community = () => ({ version: '2c', community_file: secret('community', 'weir-test') });
  const user = (password: string) => ({
    ...{ version: '3', user: 'noc', auth: 'sha256', privacy: 'aes' },
    auth_password_file: secret('auth', password),
    privacy_password_file: secret('privacy', 'privacy-password'),
  });

  it('tells names and speeds of all interfaces of this machine, as ip does, by version 2c and by version 3', async () => {
    const links = JSON.parse(execFileSync('ip', ['-j', 'link'], { encoding: 'utf8' })) as {
      ifindex: number;
      ifname: string;
    }[];
    const expected = links.map(({ ifindex, ifname }) => [ifindex, ifname]).sort();
    await vi.waitFor(async () => expect((await poll(access(community()))).failure).toBeNull(), { timeout: 45_000 });
    for (const rule of [community(), user('auth-password')]) {
      const { failure, asked } = await poll(access(rule));
      expect(failure).toBeNull();
      expect(asked[0]!.interfaces.map(({ index, name }) => [index, name]).sort()).toEqual(expected);
      expect(asked[0]!.interfaces.find(({ name }) => name === 'lo')!.speed).toBe(10_000_000);
    }
  }, 120_000);

  it('a wrong password is told as one, and a wrong community as no answer', async () => {
    expect((await poll(access(user('other-password')))).failure).toMatchObject({ reason: 'refused' });
    const wrong = { version: '2c', community_file: secret('wrong', 'nobody') };
    expect((await poll(access(wrong))).failure).toMatchObject({ reason: 'timeout' });
  }, 120_000);

  it('an exporter that no rule allows is not asked, and what is kept of one is forgotten', async () => {
    const path = join(folder, 'kept.json');
    writeFileSync(
      path,
      JSON.stringify({ configured: [], asked: [{ exporter: '192.0.2.1', atMs: Date.now(), interfaces: [] }] }),
    );
    const exporters = vi.fn(async () => ['192.0.2.1']);
    const poller = new InterfacePoller({
      path,
      configured: [],
      access: access(community()),
      exporters,
      log,
      bounds,
      tickMs: 10,
    });
    expect(readInterfaceNames(path).asked).toEqual([]);
    poller.start();
    await vi.waitFor(() => expect(exporters.mock.calls.length).toBeGreaterThan(2), { timeout: 30_000 });
    await poller.stop();
    expect(poller.status()).toEqual([]);
  });
});

it('what answers with rubbish, or not at all, is told and does no harm', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const rule = { version: '2c', community_file: secret('c', 'public'), port: (socket.address() as AddressInfo).port };
  expect((await poll(access(rule))).failure?.reason).toBe('timeout');
  const replies = [Buffer.alloc(0), Buffer.from('hello'), Buffer.alloc(1400, 0x30), Buffer.from('3003020101', 'hex')];
  socket.on('message', (_, from) => {
    for (const reply of replies) socket.send(reply, from.port, from.address);
  });
  expect((await poll(access(rule))).failure).not.toBeNull();
  socket.close();
}, 60_000);

it('a report in answer to a question of version 2c, and an exporter list that fails, end nothing', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  // The question itself, one byte changed: GetBulk becomes Report (RFC 3416 section 3).
  socket.on('message', (question, from) => {
    const report = Buffer.from(question);
    report[report.indexOf(0xa5)] = 0xa8;
    socket.send(report, from.port, from.address);
  });
  const rule = { version: '2c', community_file: secret('c', 'public'), port: (socket.address() as AddressInfo).port };
  expect((await poll(access(rule))).failure).toMatchObject({ reason: 'invalid' });
  socket.close();
  const exporters = vi.fn(() => Promise.reject(new Error('no answer')));
  const path = join(folder, 'failing.json');
  const poller = new InterfacePoller({ path, configured: [], access: access(rule), exporters, log, tickMs: 10 });
  poller.start();
  await vi.waitFor(() => expect(exporters.mock.calls.length).toBeGreaterThan(2), { timeout: 30_000 });
  await poller.stop();
}, 60_000);

it('many silent exporters are asked beside each other, and the file is not written for each that answers', async () => {
  const socket = createSocket('udp4').bind(0, '0.0.0.0');
  await once(socket, 'listening');
  // To every question: there is nothing after it (GetResponse, endOfMibView; RFC 3416 section 4.2.3).
  socket.on('message', (question, from) => {
    const end = Buffer.from(question);
    end[end.indexOf(0xa5)] = 0xa2;
    // Non-repeaters and repetitions are the error and its index in an answer.
    const numbers = end.indexOf(Buffer.from([0x02, 0x01, 0x00, 0x02, 0x01, 0x14]));
    end[numbers + 5] = 0;
    const value = end.lastIndexOf(Buffer.from([0x05, 0x00]));
    end[value] = 0x82;
    socket.send(end, from.port, from.address);
  });
  const answering = (socket.address() as AddressInfo).port;
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const community_file = secret('c', 'public');
  const rules = snmpAccess(
    snmpSetting.parse([
      { prefix: '127.0.0.0/8', version: '2c', community_file, port: (silent.address() as AddressInfo).port },
      { prefix: '127.0.1.0/24', version: '2c', community_file, port: answering },
    ]),
  );
  const silentOnes = Array.from({ length: 16 }, (_, i) => `127.0.2.${i + 1}`);
  const answeringOnes = Array.from({ length: 40 }, (_, i) => `127.0.1.${i + 1}`);
  const path = join(folder, 'many.json');
  const written = new Set<string>();
  const watch = setInterval(() => written.add(revisionOf(path)), 1);
  const exporters = async () => [...silentOnes, ...answeringOnes];
  const poller = new InterfacePoller({ path, configured: [], access: rules, exporters, log, bounds, tickMs: 10 });
  const began = Date.now();
  poller.start();
  await vi.waitFor(() => expect(readInterfaceNames(path).asked).toHaveLength(answeringOnes.length), {
    timeout: 60_000,
  });
  // One after the other the silent ones alone take 8 s.
  expect(Date.now() - began).toBeLessThan(6_000);
  await poller.stop();
  clearInterval(watch);
  // Where there is no file yet, after the first answer, and at the end of the round.
  expect(written.size).toBeLessThanOrEqual(4);
  expect(poller.status().filter(({ failure }) => failure?.reason === 'timeout')).toHaveLength(silentOnes.length);
  socket.close();
  silent.close();
}, 90_000);

it('a device that never comes to an end is left after the time of a walk, and at once where the node stops', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const rule = { version: '2c', community_file: secret('c', 'public'), port: (socket.address() as AddressInfo).port };
  const [only] = access(rule);
  const began = Date.now();
  const slow = { timeoutMs: 30_000, retries: 0, totalMs: 300 };
  await expect(walkInterfaces(snmp, '127.0.0.1', only!, slow)).rejects.toMatchObject({ reason: 'timeout' });
  const stopped = new AbortController();
  const walk = walkInterfaces(snmp, '127.0.0.1', only!, { ...slow, totalMs: 30_000 }, stopped.signal);
  stopped.abort();
  await expect(walk).rejects.toMatchObject({ reason: 'timeout' });
  expect(Date.now() - began).toBeLessThan(5_000);
  socket.close();
}, 60_000);

it.each([
  [{ version: '2c' }, /version 2c needs community_file/],
  [{ version: '3' }, /version 3 needs user/],
  [{ version: '3', user: 'a', auth: 'sha' }, /auth needs auth_password_file/],
  [{ version: '3', user: 'a', privacy: 'aes', privacy_password_file: 'b' }, /privacy needs auth/],
  [{ version: '2c', community_file: 'a', user: 'b' }, /are of version 3/],
  [{ version: '1', community_file: 'a' }, /expected 2c or 3/],
])('%o is a mistake that is told', (rule, told) => {
  const result = snmpSetting.safeParse([{ prefix: '192.0.2.0/24', ...rule }]);
  expect(result.error?.issues.map(({ message }) => message).join()).toMatch(told);
});

it('a file of a secret that is missing or too short is a mistake of the configuration', () => {
  const of = (path: string) =>
    snmpSetting.parse([{ prefix: '192.0.2.1', version: '3', user: 'a', auth: 'sha', auth_password_file: path }]);
  expect(() => snmpAccess(of('/nonexistent'))).toThrow(/\/nonexistent: no such file/);
  expect(() => snmpAccess(of(secret('short', 'short')))).toThrow(/expected 8 or more characters/);
});
