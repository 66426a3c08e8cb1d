import type { ExporterGuide } from './exporter-guide.ts';

/** Software routers, switches and probes. */
export const LINUX_GUIDES: readonly ExporterGuide[] = [
  {
    id: 'softflowd',
    name: 'Linux, softflowd',
    isTried: true,
    manual: 'https://github.com/irino/softflowd',
    note: 'As root, on the interface that sees the traffic: put its name for eth0.',
    check:
      'softflowctl statistics counts what was exported; until the first flow ends or is a minute old nothing is sent',
    ways: [
      {
        title: 'IPFIX',
        door: 'ipfix',
        text: ({ hostPort }) => `softflowd -i eth0 -v 10 -t maxlife=60 -t expint=10 -n ${hostPort}`,
      },
    ],
  },
  {
    id: 'open-vswitch',
    name: 'Open vSwitch',
    isTried: true,
    manual: 'https://docs.openvswitch.org/en/latest/faq/configuration/',
    note: "Put the name of your bridge for br0, and of the interface with the agent's address for eth0.",
    check: 'ovs-vsctl list NetFlow, list IPFIX or list sFlow shows what is set',
    ways: [
      {
        title: 'NetFlow v5',
        door: 'netflow',
        text: ({ hostPort }) =>
          `ovs-vsctl -- --id=@n create NetFlow targets=\\"${hostPort}\\" active_timeout=60 -- set Bridge br0 netflow=@n`,
      },
      {
        title: 'IPFIX, one packet in 100',
        door: 'ipfix',
        text: ({
          hostPort,
        }) => `ovs-vsctl -- --id=@i create IPFIX targets=\\"${hostPort}\\" obs_domain_id=1 obs_point_id=1 \\
  cache_active_timeout=60 sampling=100 -- set Bridge br0 ipfix=@i`,
      },
      {
        title: 'sFlow, one packet in 100',
        door: 'sflow',
        text: ({
          hostPort,
        }) => `ovs-vsctl -- --id=@s create sFlow agent=eth0 target=\\"${hostPort}\\" header=128 sampling=100 polling=30 \\
  -- set Bridge br0 sflow=@s`,
      },
    ],
  },
  {
    id: 'vyos',
    name: 'VyOS',
    isTried: false,
    manual: 'https://docs.vyos.io/en/latest/configuration/system/flow-accounting.html',
    note: "Put the name of your interface for eth0, and the router's own address for 192.0.2.1.",
    check: 'commit and save; show configuration commands | match flow shows what is set',
    ways: [
      {
        title: 'IPFIX (releases 1.3 and 1.4)',
        door: 'ipfix',
        text: ({ address, port }) => `set system flow-accounting disable-imt
set system flow-accounting interface eth0
set system flow-accounting netflow version 10
set system flow-accounting netflow server ${address} port ${port}
set system flow-accounting netflow timeout expiry-interval 10
set system flow-accounting netflow timeout max-active-life 60`,
      },
      {
        title: 'sFlow, one packet in 1,000 (from 1.4)',
        door: 'sflow',
        text: ({ address, port }) => `set system sflow interface eth0
set system sflow sampling-rate 1000
set system sflow polling 30
set system sflow agent-address 192.0.2.1
set system sflow server ${address} port ${port}`,
      },
    ],
  },
  {
    id: 'mikrotik',
    name: 'MikroTik RouterOS 7',
    isTried: false,
    manual: 'https://help.mikrotik.com/docs/display/ROS/Traffic+Flow',
    note: 'Only packets that the CPU forwards are seen: what a switch chip forwards is not.',
    check: '/ip traffic-flow target print shows the target',
    ways: [
      {
        title: 'IPFIX',
        door: 'ipfix',
        text: ({
          address,
          port,
        }) => `/ip traffic-flow set enabled=yes interfaces=all active-flow-timeout=1m inactive-flow-timeout=15s cache-entries=256k
/ip traffic-flow target add dst-address=${address} port=${port} version=ipfix v9-template-timeout=1m`,
      },
    ],
  },
];
