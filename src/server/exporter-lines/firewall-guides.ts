import type { ExporterGuide } from './exporter-guide.ts';

/** Firewalls that are set up by their pages. */
export const FIREWALL_GUIDES: readonly ExporterGuide[] = [
  {
    id: 'pfsense',
    name: 'pfSense',
    isTried: false,
    manual: 'https://docs.netgate.com/pfsense/en/latest/firewall/pflow.html',
    note: 'pfSense Plus reports a state of the firewall when it is removed: long connections come when they end.',
    check: 'Status > System Logs; on the command line of pfSense CE softflowctl statistics',
    ways: [
      {
        title: 'pfSense Plus from 24.03',
        door: 'ipfix',
        isSteps: true,
        text: ({ address, port }) =>
          `Firewall > Packet Flow Data; enable it, add an exporter with version IPFIX, destination ${address} port ${port}.`,
      },
      {
        title: 'pfSense CE',
        door: 'ipfix',
        isSteps: true,
        text: ({ address, port }) =>
          `The package softflowd, then Services > softflowd: interface, host ${address}, port ${port}, NetFlow version 10, Maximum Lifetime 60.`,
      },
    ],
  },
  {
    id: 'opnsense',
    name: 'OPNsense',
    isTried: false,
    manual: 'https://docs.opnsense.org/manual/netflow.html',
    note: 'With ingress and egress both, traffic through NAT is counted twice: Ingress only avoids it.',
    check: 'Reporting > NetFlow > Cache shows what is seen',
    ways: [
      {
        title: 'NetFlow v9',
        door: 'netflow',
        isSteps: true,
        text: ({ hostPort }) =>
          `Reporting > NetFlow: choose the listening interfaces, name the WAN interfaces, version v9, destinations ${hostPort}.`,
      },
    ],
  },
];
