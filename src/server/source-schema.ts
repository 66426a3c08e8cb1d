import { z } from 'zod';
import { SOURCE_CONTENTS, SOURCE_KINDS, SOURCE_STATES } from '../store/index.ts';

const time = z.number().nullable();

const sum = z.object({ packets: z.number(), bytes: z.number() });

const traffic = z.object({
  bytes: z.number().describe('octets of all packets as they went over the wire'),
  ip: sum.describe('IP packets and their own octets: what flows are made of'),
  not_ip: z.number().describe('packets that are no IP: ARP, spanning tree'),
  duplicates_left_out: sum.describe('copies of packets that a mirror showed twice'),
  duplicates_unsure: sum
    .optional()
    .describe('packets in flows that may be such copies, or were sent twice; absent where an earlier version metered'),
  sampled_out: z.number().describe('packets that sampling on purpose passed over'),
  cut: z.number().describe('packets that the snap length cut'),
  fragments_without_ports: z.number().describe('later fragments whose first one was not seen'),
  without_time: z.number(),
  time_jumps: z.number().describe('packets whose time was far from that of those before'),
  emergency_expired: z.number().describe('flows that were ended early because the table was full'),
  recognition: z
    .object({
      conversations_cut: z.number(),
      joins_cut: z.number(),
      server_names_left_out: z.number(),
      announcements_cut: z.number(),
      initials_cut: z.number().optional(),
    })
    .optional()
    .describe(
      'what was not looked at wholly for want of room, so that flows may have no name; absent where an earlier version metered',
    ),
  ipsec: z
    .object({ ah: sum, null: sum, decrypted: sum, opaque: sum })
    .describe('packets with IPsec by what could be seen, and their octets as they went over the wire'),
});

/** The document of one import; src/store/source-list.ts makes it. */
export const sourceSchema = z.object({
  name: z.string().describe('what its rows have in the column `source`'),
  file: z.string(),
  state: z.enum(SOURCE_STATES),
  imported_at: z.number(),
  ended_at: time,
  problem: z.string().nullable().describe('why it is not complete'),
  size: z.number().nullable(),
  sha256: z.string().nullable(),
  kind: z.enum(SOURCE_KINDS),
  content: z
    .enum(SOURCE_CONTENTS)
    .nullable()
    .describe('what the file was read for: the exports in its packets, or the packets'),
  content_reason: z.string().nullable().describe('why'),
  gzip: z.boolean(),
  link_types: z.array(z.string()),
  snap_length: z.number().nullable().describe('null: no limit'),
  first_packet: time,
  last_packet: time,
  packets: z.number(),
  datagrams: z.number(),
  formats: z.record(z.string(), z.number()).describe('datagrams by format'),
  records: z.number(),
  rows: z.number(),
  flows: z.number(),
  exporters: z.number(),
  errors: z.record(z.string(), z.number()).describe('by cause'),
  lost: z.number().describe('records missing in the sequences of the exporters'),
  capture_drops: z.number().nullable().describe('packets that the capturing machine dropped; null: not told'),
  traffic: traffic.nullable().describe('what was metered; null where the file was not read as traffic'),
  from: time.describe('`time` of the rows, half-open'),
  to: time,
  damage: z.string().nullable().describe('where the file could not be read on; what stands before is imported'),
});
