import type { ExporterGuide } from './exporter-guide.ts';

/** Routers and switches of the large makers. */
export const ROUTER_GUIDES: readonly ExporterGuide[] = [
  {
    id: 'ios-xe',
    name: 'Cisco IOS-XE',
    isTried: false,
    manual: 'https://www.cisco.com/c/en/us/td/docs/ios-xml/ios/fnetflow/command/fnf-cr-book.html',
    note: 'Put your interfaces for Loopback0 and GigabitEthernet0/0/0. Without sampling leave the sampler out.',
    check: 'show flow exporter WEIR statistics tells what was sent',
    ways: [
      {
        title: 'Flexible NetFlow as IPFIX, one packet in 1,000',
        door: 'ipfix',
        text: ({ address, port }) => `flow record WEIR4
 match ipv4 tos
 match ipv4 protocol
 match ipv4 source address
 match ipv4 destination address
 match transport source-port
 match transport destination-port
 match interface input
 match flow direction
 collect interface output
 collect counter bytes long
 collect counter packets long
 collect timestamp absolute first
 collect timestamp absolute last
 collect transport tcp flags
 collect routing source as
 collect routing destination as
 collect routing next-hop address ipv4
 collect routing vrf input
 collect flow sampler
 collect application name
!
flow exporter WEIR
 destination ${address}
 source Loopback0
 transport udp ${port}
 export-protocol ipfix
 template data timeout 60
 option sampler-table timeout 60
 option interface-table timeout 300
 option vrf-table timeout 300
 option application-table timeout 300
 option exporter-stats timeout 60
!
sampler WEIR
 mode random 1 out-of 1000
!
flow monitor WEIR4
 record WEIR4
 exporter WEIR
 cache timeout active 60
 cache timeout inactive 15
!
interface GigabitEthernet0/0/0
 ip flow monitor WEIR4 sampler WEIR input`,
      },
    ],
  },
  {
    id: 'nx-os',
    name: 'Cisco NX-OS',
    isTried: false,
    manual:
      'https://www.cisco.com/c/en/us/td/docs/switches/datacenter/nexus9000/sw/105x/config-guides/cisco-nexus-9000-series-nx-os-system-management-configuration-guide-release-105x/m-configuring-netflow-104x.html',
    note: "A source interface must be given, else the exporter stays disabled. Put your own for mgmt0 and Ethernet1/1, and the switch's address for 192.0.2.1.",
    check: 'show flow exporter WEIR tells what was sent, show sflow the same of sFlow',
    ways: [
      {
        title: 'NetFlow v9, one packet in 1,024',
        door: 'netflow',
        text: ({ address, port }) => `feature netflow
flow timeout active 60
flow timeout inactive 15
flow record WEIR4
  match ipv4 source address
  match ipv4 destination address
  match ip protocol
  match ip tos
  match transport source-port
  match transport destination-port
  collect counter bytes long
  collect counter packets long
  collect timestamp sys-uptime first
  collect timestamp sys-uptime last
  collect transport tcp flags
flow exporter WEIR
  destination ${address} use-vrf management
  source mgmt0
  transport udp ${port}
  version 9
    template data timeout 60
    option exporter-stats timeout 60
    option interface-table timeout 300
    option sampler-table timeout 60
sampler WEIR
  mode 1 out-of 1024
flow monitor WEIR4
  record WEIR4
  exporter WEIR
interface Ethernet1/1
  ip flow monitor WEIR4 input sampler WEIR`,
      },
      {
        title: 'sFlow, for switches without NetFlow',
        door: 'sflow',
        text: ({ address, port }) => `feature sflow
sflow sampling-rate 4096
sflow counter-poll-interval 30
sflow collector-ip ${address} vrf management
sflow collector-port ${port}
sflow agent-ip 192.0.2.1
sflow data-source interface ethernet 1/1`,
      },
    ],
  },
  {
    id: 'juniper',
    name: 'Juniper Junos',
    isTried: false,
    manual:
      'https://www.juniper.net/documentation/us/en/software/junos/flow-monitoring/topics/concept/inline-sampling-overview.html',
    note: "Put the router's address for 192.0.2.1, and your interfaces. The instance is bound to each FPC that has sampled interfaces.",
    check:
      'commit; show services accounting flow inline-jflow fpc-slot 0 counts what was exported, show sflow collector the same of sFlow',
    ways: [
      {
        title: 'MX: inline IPFIX, one packet in 1,000',
        door: 'ipfix',
        text: ({ address, port }) => `set services flow-monitoring version-ipfix template WEIR4 ipv4-template
set services flow-monitoring version-ipfix template WEIR4 flow-active-timeout 60
set services flow-monitoring version-ipfix template WEIR4 flow-inactive-timeout 15
set services flow-monitoring version-ipfix template WEIR4 template-refresh-rate seconds 60
set services flow-monitoring version-ipfix template WEIR4 option-refresh-rate seconds 60
set forwarding-options sampling instance WEIR input rate 1000
set forwarding-options sampling instance WEIR family inet output flow-server ${address} port ${port}
set forwarding-options sampling instance WEIR family inet output flow-server ${address} autonomous-system-type origin
set forwarding-options sampling instance WEIR family inet output flow-server ${address} version-ipfix template WEIR4
set forwarding-options sampling instance WEIR family inet output inline-jflow source-address 192.0.2.1
set chassis fpc 0 sampling-instance WEIR
set interfaces xe-0/0/0 unit 0 family inet sampling input`,
      },
      {
        title: 'EX, QFX: sFlow',
        door: 'sflow',
        text: ({ address, port }) => `set protocols sflow collector ${address} udp-port ${port}
set protocols sflow agent-id 192.0.2.1
set protocols sflow sample-rate ingress 4096
set protocols sflow polling-interval 30
set protocols sflow interfaces xe-0/0/0.0`,
      },
    ],
  },
  {
    id: 'arista',
    name: 'Arista EOS',
    isTried: false,
    manual: 'https://www.arista.com/en/um-eos/eos-sampled-flow-tracking',
    note: 'Put your interfaces for Loopback0 and Ethernet1.',
    check: 'show sflow and show flow tracking sampled tell what was sent',
    ways: [
      {
        title: 'sFlow',
        door: 'sflow',
        text: ({ address, port }) => `sflow sample 4096
sflow destination ${address} ${port}
sflow source-interface Loopback0
sflow polling-interval 30
sflow run`,
      },
      {
        title: 'Sampled flow tracking as IPFIX',
        door: 'ipfix',
        text: ({ address, port }) => `flow tracking sampled
   sample 4096
   tracker WEIR
      record export on inactive timeout 15000
      record export on interval 60000
      exporter WEIR
         collector ${address} port ${port}
         format ipfix version 10
         local interface Loopback0
         template interval 60000
   no shutdown
interface Ethernet1
   flow tracker sampled WEIR`,
      },
    ],
  },
];
