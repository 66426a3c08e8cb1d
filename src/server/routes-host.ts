import { z } from 'zod';
import { type HostMeterStatus, METER_COUNTERS, METER_LEVELS } from '../ingest/index.ts';
import { type Api, answered, typed } from './api-schema.ts';
import type { NodeState } from './node-state.ts';

const counter = z.number().optional();

const hostSchema = z.object({
  status: z
    .enum(['metered', 'not_metered', 'off'])
    .describe('whether what this machine itself sends and receives is metered; off: host is off'),
  level: z
    .enum(METER_LEVELS)
    .describe(
      'ebpf: every packet of every socket with its process; sock_diag: payload of TCP connections that last; proc: sockets that are there; none',
    ),
  notes: z.array(z.string()).describe('why no better level, and which parts are missing, in words'),
  pid: z.number().nullable().describe('process that meters'),
  given_up: z.boolean().describe('it cannot meter here, and is not tried again'),
  restarts: z.number().describe('times that it ended without being told to, since the node started'),
  trouble: z.string().describe('why it ended last; empty where it never did'),
  counters: z
    .object(
      Object.fromEntries(Object.entries(METER_COUNTERS).map(([name, { help }]) => [name, counter.describe(help)])),
    )
    .describe('since that process began'),
  guests: z
    .array(
      z.object({
        interface: z.string(),
        name: z.string().describe('of the guest'),
        named_by: z
          .enum(['configuration', 'machined', 'process', 'interface', 'policy'])
          .describe(
            'who said the name; interface: nobody did; policy: it is what the privacy policy leaves of it, or the interface',
          ),
        metered: z.boolean(),
        problem: z.string().describe('why it is not metered; empty where it is'),
      }),
    )
    .optional()
    .describe(
      'interfaces of virtual machines whose packets no socket of this machine has; absent with host_guests off',
    ),
  proxy_log: z
    .object({ file: z.string(), problem: z.string().describe('why it cannot be read now; empty where it can') })
    .optional()
    .describe('the log of host_proxy_log; absent without one'),
  policy: z
    .array(
      z.object({
        rule: z.string(),
        matched: z.number().describe('records that it was applied to'),
        records: z.number().describe('records that it removed'),
        bytes: z.number().describe('of these'),
        packets: z.number(),
      }),
    )
    .optional()
    .describe('what each rule of the privacy policy did since then; absent without a policy'),
  forwarding: z
    .object({
      to: z.string().describe('HOST:PORT of the collector'),
      forwarded: z.number().describe('messages sent on'),
      unsent: z.number().describe('messages that no collector got: there was no way to it'),
      refused: z.number().describe('how often its host has answered that nobody listens there'),
      trouble: z.string().describe('why there is no way to it now; empty where there is'),
    })
    .nullable()
    .describe('what became of the records on their way to the collector of host_forward; null without one'),
});

/** The state of the meter as the API tells it; null: there is none. */
function hostAnswer(status: HostMeterStatus | null): z.output<typeof hostSchema> {
  if (status === null)
    return {
      status: 'off',
      level: 'none',
      notes: [],
      pid: null,
      given_up: false,
      restarts: 0,
      trouble: '',
      counters: {},
      forwarding: null,
    };
  const { level, notes, counters, policy, guests, givenUp: given_up, ...rest } = status;
  return {
    status: level === 'none' ? 'not_metered' : 'metered',
    level,
    notes: [...notes],
    given_up,
    ...rest,
    counters: { ...counters },
    ...(policy ? { policy: [...policy] } : {}),
    ...(guests ? { guests: [...guests] } : {}),
  };
}

/** What this machine itself sends and receives: how well it is metered. */
export function addHostRoute(api: Api, node: NodeState): void {
  typed(api).get(
    '/api/v1/host',
    {
      config: { needs: 'viewer' },
      schema: {
        summary: 'How well this machine itself is metered, and why not better',
        tags: ['node'],
        response: answered(hostSchema),
      },
    },
    async () => hostAnswer(await node.hostMeter()),
  );
}
