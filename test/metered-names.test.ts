/** What real conversations announce names the flows that they have on other ports, where their packets are metered: transfers of vsftpd, the media of a call of SIPp. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchByFtp, startFtpServer } from './exporters/ftp.testing.ts';
import { runProgram, waitFor } from './exporters/program.testing.ts';
import { noNamespaces, Spoken, Wire } from './namespaces.testing.ts';
import { remove, tempFolder, weir } from './node.testing.ts';

const reason = noNamespaces();
if (reason) console.log(`tests of names of metered packets are skipped: ${reason}`);

const SIP_PORT = 5060;
const MEDIA_OF_CALLER = 31_000;
const MEDIA_OF_CALLED = 30_000;
/** Both directions of a call have a packet of media each 30 ms. */
const PACKETS_OF_MEDIA = 40;

const wire = new Wire();
const folders: string[] = [];
const newFolder = () => {
  const folder = tempFolder();
  folders.push(folder);
  return folder;
};

beforeAll(async () => {
  if (!reason) await wire.lay();
}, 90_000);

afterAll(async () => {
  if (!reason) await wire.remove();
  for (const folder of folders) remove(folder);
});

/** What goes over the wire while `talk` lasts, as `weir meter` names it: application and evidence of each flow. */
async function namesOf(snapLength: number, talk: () => Promise<void>): Promise<string[]> {
  const capture = join(newFolder(), 'wire.pcap');
  const options = ['--immediate-mode', '-U', '-B', '16384', '-s', String(snapLength)];
  const tcpdump = new Spoken(
    wire.spawn(wire.a.namespace, 'tcpdump', ['-i', 'wire', '-w', capture, ...options, 'tcp or udp']),
  );
  await tcpdump.until('listening on');
  await talk();
  await wire.quiet();
  await tcpdump.end();
  const { stdout, stderr, code } = await weir('meter', capture, '--format', 'jsonl');
  if (code !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ application, application_evidence }) => `${application} ${application_evidence}`)
    .sort();
}

/** A call with media both ways, of which the first second is spoken. */
async function call(): Promise<void> {
  const folder = newFolder();
  // The scenario plays a recording that it looks for in the folder where it runs.
  symlinkSync('/usr/share/sip-tester', join(folder, 'pcap'));
  const { a, b } = wire;
  const sipp = (end: typeof a, ...args: string[]) => {
    const program = ['sipp', '-i', end.ipv4, '-p', String(SIP_PORT), '-nostdin', ...args].join(' ');
    return new Spoken(wire.spawn(end.namespace, 'sh', ['-c', `cd ${folder} && exec ${program}`]));
  };
  const called = sipp(b, '-sn', 'uas', '-mp', String(MEDIA_OF_CALLED), '-rtp_echo');
  await waitFor('sipp listens', async () => {
    const inB = ['netns', 'exec', b.namespace, 'ss', '-Hlun', 'sport', '=', `:${SIP_PORT}`];
    return (await runProgram('ip', inB)) !== '';
  });
  const before = await wire.counted();
  const caller = sipp(a, '-sn', 'uac_pcap', '-mp', String(MEDIA_OF_CALLER), '-m', '1', b.ipv4);
  await waitFor('media', async () => (await wire.counted()).packets > before.packets + PACKETS_OF_MEDIA);
  for (const end of [caller, called]) await end.end();
}

describe.skipIf(reason !== null)('what real conversations announce names flows', () => {
  it('of FTP: what is fetched from ports that the server, or the client, announced', async () => {
    const server = await startFtpServer(wire, newFolder());
    const names = await namesOf(192, () => fetchByFtp(wire)).finally(() => server.end());
    expect(names).toEqual([...Array(6).fill('ftp payload'), ...Array(6).fill('ftp-data state')]);
  }, 90_000);

  it('of SIP: the media of a call', async () => {
    expect(await namesOf(1_500, call)).toEqual(['rtp state', 'rtp state', 'sip payload', 'sip payload']);
  }, 90_000);
});
