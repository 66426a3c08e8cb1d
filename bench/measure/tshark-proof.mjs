// Whether tshark takes a conversation for what it was called: a second opinion where the reference has none.
import { spawnSync } from 'node:child_process';

/** What tshark calls protocols that have another name here. */
const DISSECTORS = { 'dce-rpc': 'dcerpc', 'netbios-ns': 'nbns', 'netbios-dgm': 'nbdgm', 'netbios-ssn': 'nbss' };

export const hasTshark = () => spawnSync('tshark', ['--version']).status === 0;

/**
 * True where tshark says by itself that a conversation is this protocol, or where it reads the packets as this protocol when it is told to and finds nothing malformed. A protocol that
 * it has no dissector for over this transport is never proven. Of the data of FTP only what tshark says by itself counts: any bytes can be read as that.
 */
export function isProven(file, key, application) {
  const [protocol, ...ends] = key.split(' ');
  const [addressA, portA, addressB, portB] = ends;
  const transport = protocol === '6' ? 'tcp' : 'udp';
  const address = (a) => `${a.includes(':') ? 'ipv6' : 'ip'}.addr==${a}`;
  const filter = [address(addressA), address(addressB), `${transport}.port==${portA}`, `${transport}.port==${portB}`];
  const dissector = DISSECTORS[application] ?? application;
  const reads = (told) => {
    const { status, stdout } = spawnSync(
      'tshark',
      [
        '-n',
        '-r',
        file,
        ...told,
        '-Y',
        filter.join(' && '),
        '-T',
        'fields',
        '-e',
        'frame.protocols',
        '-e',
        '_ws.malformed',
      ],
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    if (status !== 0) return false;
    const read = stdout.split('\n').filter((line) => line.split('\t')[0].split(':').includes(dissector));
    return read.length > 0 && read.every((line) => (line.split('\t')[1] ?? '') === '');
  };
  if (reads([])) return true;
  return (
    application !== 'ftp-data' &&
    reads([portA, portB].flatMap((port) => ['-d', `${transport}.port==${port},${dissector}`]))
  );
}
