import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Spoken, type Wire } from '../namespaces.testing.ts';
import { runProgram, waitFor } from './program.testing.ts';

/** Samba's RPC servers at one end of a wire, at an address of their own: the endpoint mapper at port 135, and others at ports from 49152 on. */
export class RpcServer {
  private readonly wire: Wire;
  private readonly address = '10.77.0.3';
  private readonly configuration: string;
  private readonly server: Spoken;

  private constructor(wire: Wire, configuration: string) {
    this.wire = wire;
    this.configuration = configuration;
    this.server = new Spoken(
      wire.spawn(wire.b.namespace, '/usr/libexec/samba/samba-dcerpcd', [
        ...[`--configfile=${configuration}`, '--libexec-rpcds', '--foreground', '--no-process-group'],
      ]),
    );
  }

  static async start(wire: Wire, folder: string): Promise<RpcServer> {
    const lines = ['[global]', 'server role = standalone server', 'rpc start on demand helpers = no'];
    for (const of of [
      'lock directory',
      'state directory',
      'cache directory',
      'pid directory',
      'private dir',
      'ncalrpc dir',
    ]) {
      const path = join(folder, of.split(' ')[0]!);
      mkdirSync(path);
      lines.push(`${of} = ${path}`);
    }
    lines.push(`log file = ${join(folder, 'samba.log')}`, 'load printers = no', 'disable spoolss = yes', '');
    const file = join(folder, 'smb.conf');
    writeFileSync(file, lines.join('\n'));
    const rpc = new RpcServer(wire, file);
    await wire.ip(wire.b.namespace, `addr add ${rpc.address}/24 dev wire`);
    await waitFor('the endpoint mapper listens', async () => {
      const inB = ['netns', 'exec', wire.b.namespace, 'ss', '-Hltn', 'sport', '= :135'];
      return (await runProgram('ip', inB)) !== '';
    });
    return rpc;
  }

  /** Asks the mapper where the accounts are, and then them for their domains. */
  async ask(): Promise<void> {
    const options = ['-U%', `--configfile=${this.configuration}`, '-c', 'enumdomains'];
    const inA = ['netns', 'exec', this.wire.a.namespace, 'rpcclient', ...options, `ncacn_ip_tcp:${this.address}`];
    const said = await runProgram('ip', inA);
    if (!said.includes('name:[Builtin]')) throw new Error(`rpcclient was not answered: ${said}`);
  }

  end(): Promise<unknown> {
    return this.server.end();
  }
}
