import { join } from 'node:path';
import type { Link } from './link.testing.ts';
import { type Program, runProgram, startProgram, waitFor } from './program.testing.ts';

export interface OpenVswitchExport {
  readonly netflow?: { readonly port: number; readonly engineType: number; readonly engineId: number };
  readonly sflow?: { readonly port: number; readonly sampling: number };
  readonly ipfix?: { readonly port: number; readonly domain: number; readonly sampling: number };
}

export interface OpenVswitch {
  stop(): Promise<void>;
}

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
/** Flows of NetFlow and IPFIX are reported after this time. */
const ACTIVE_TIMEOUT_SECONDS = 1;

/**
 * Open vSwitch on its user-space datapath (no kernel module), with a database, sockets and a folder of its own. It forwards
 * between the two links and exports what it saw: NetFlow and sFlow where a packet comes in, IPFIX there and where it goes out.
 */
export async function startOpenVswitch(
  folder: string,
  links: readonly Link[],
  what: OpenVswitchExport,
): Promise<OpenVswitch> {
  const env = { OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder };
  const bridge = `${links[0]!.name}b`;
  const database = `unix:${folder}/db.sock`;
  const running: Program[] = [];
  const vsctl = (...args: string[]) => runProgram('ovs-vsctl', [`--db=${database}`, '--timeout=10', ...args]);
  const openflow = (command: string, ...args: string[]) =>
    runProgram('ovs-ofctl', [command, join(folder, `${bridge}.mgmt`), ...args]);
  const stop = async () => {
    if (running.length > 1) await vsctl('--if-exists', 'del-br', bridge).catch(() => '');
    for (const program of running.reverse()) await program.stop();
  };
  try {
    await runProgram('ovsdb-tool', ['create', join(folder, 'conf.db'), SCHEMA]);
    running.push(
      startProgram(
        'ovsdb-server',
        [join(folder, 'conf.db'), `--remote=p${database}`, `--unixctl=${folder}/ovsdb.ctl`, '--no-chdir'],
        env,
      ),
    );
    await waitFor('ovsdb-server answers', () =>
      vsctl('--no-wait', 'init').then(
        () => true,
        () => false,
      ),
    );
    running.push(
      startProgram(
        'ovs-vswitchd',
        [database, '--disable-system', `--unixctl=${folder}/vswitchd.ctl`, '--no-chdir'],
        env,
      ),
    );
    const ports = links.flatMap(({ name }) => ['--', 'add-port', bridge, name]);
    await vsctl('add-br', bridge, '--', 'set', 'bridge', bridge, 'datapath_type=netdev', ...ports);
    await openflow('del-flows');
    const [a, b] = links.map(({ name }) => name);
    await openflow('add-flow', `in_port=${a},actions=output:${b}`);
    await openflow('add-flow', `in_port=${b},actions=output:${a}`);
    await vsctl(...exportCommands(bridge, what));
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}\n${running.map((program) => program.output()).join('\n')}`);
  }
  return { stop };
}

const target = (port: number) => `targets="127.0.0.1:${port}"`;

function exportCommands(bridge: string, { netflow, sflow, ipfix }: OpenVswitchExport): string[] {
  const create = (table: 'NetFlow' | 'sFlow' | 'IPFIX', settings: readonly string[]) => {
    const column = table.toLowerCase();
    return [
      '--',
      'set',
      'Bridge',
      bridge,
      `${column}=@${column}`,
      '--',
      `--id=@${column}`,
      'create',
      table,
      ...settings,
    ];
  };
  const commands: string[] = [];
  if (netflow) {
    const engine = [`engine_type=${netflow.engineType}`, `engine_id=${netflow.engineId}`];
    commands.push(...create('NetFlow', [target(netflow.port), `active-timeout=${ACTIVE_TIMEOUT_SECONDS}`, ...engine]));
  }
  if (sflow) {
    const sampler = ['agent=lo', 'header=128', `sampling=${sflow.sampling}`, 'polling=1'];
    commands.push(...create('sFlow', [target(sflow.port), ...sampler]));
  }
  if (ipfix) {
    const cache = [`cache_active_timeout=${ACTIVE_TIMEOUT_SECONDS}`, 'cache_max_flows=100000'];
    const domain = [`obs_domain_id=${ipfix.domain}`, 'obs_point_id=456', `sampling=${ipfix.sampling}`];
    commands.push(...create('IPFIX', [target(ipfix.port), ...domain, ...cache]));
  }
  return commands.slice(1);
}
