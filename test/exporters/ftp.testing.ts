import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Spoken, type Wire } from '../namespaces.testing.ts';
import { runProgram, waitFor } from './program.testing.ts';

/** So many packets that of 96 each some are looked at. */
const FILE_BYTES = 20_000_000;

/** vsftpd at one end of a wire; it begins where it is told, with one file for everybody. */
export async function startFtpServer(wire: Wire, folder: string): Promise<Spoken> {
  const root = join(folder, 'ftp');
  mkdirSync(root);
  writeFileSync(join(root, 'file'), new Uint8Array(FILE_BYTES));
  // It refuses a folder that it may write to. Its user must have a home, which `nobody` has not.
  for (const path of [folder, root]) chmodSync(path, 0o555);
  const empty = join(root, 'empty');
  mkdirSync(empty);
  const file = join(folder, 'vsftpd.conf');
  writeFileSync(
    file,
    [
      ...['listen=YES', 'background=NO', 'seccomp_sandbox=NO', 'connect_from_port_20=YES', 'xferlog_enable=NO'],
      ...['anonymous_enable=YES', 'local_enable=NO', 'ftp_username=daemon', 'nopriv_user=nobody'],
      ...[`anon_root=${root}`, `secure_chroot_dir=${empty}`, 'pasv_min_port=31000', 'pasv_max_port=31999', ''],
    ].join('\n'),
  );
  const server = new Spoken(wire.spawn(wire.b.namespace, 'vsftpd', [file]));
  await waitFor('vsftpd listens', async () => {
    const inB = ['netns', 'exec', wire.b.namespace, 'ss', '-Hltn', 'sport', '= :21'];
    return (await runProgram('ip', inB)) !== '';
  });
  return server;
}

/** Fetches the file in each way that FTP has: a port that the server announces, in the old words and the new, and one that the client does. */
export async function fetchByFtp(wire: Wire): Promise<void> {
  const inA = ['netns', 'exec', wire.a.namespace, 'curl', '-s', '-S', '-o', '/dev/null'];
  const { ipv4 } = wire.b;
  await runProgram('ip', [...inA, `ftp://${ipv4}/file`]);
  await runProgram('ip', [...inA, '--disable-epsv', `ftp://${ipv4}/file`]);
  await runProgram('ip', [...inA, '--ftp-port', '-', `ftp://${ipv4}/file`]);
}
