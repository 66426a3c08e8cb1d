import { expect, test } from 'vitest';
import { NO_FACTS, type SourceFacts } from '../store/index.ts';
import { trafficWorth } from './render-traffic.ts';

const none = { packets: 0, bytes: 0 };
const FACTS: SourceFacts = {
  ...NO_FACTS,
  traffic: {
    bytes: 1_000,
    ip: { packets: 10, bytes: 900 },
    not_ip: 0,
    duplicates_left_out: none,
    sampled_out: 0,
    cut: 0,
    fragments_without_ports: 0,
    without_time: 0,
    time_jumps: 0,
    emergency_expired: 0,
    ipsec: { ah: none, null: none, decrypted: none, opaque: none },
  },
};
const cuts = { conversations_cut: 1_000, joins_cut: 200, server_names_left_out: 30, announcements_cut: 4 };

test('what was cut of recognition is told, and that names may lack for it', () => {
  expect(trafficWorth(FACTS)).toEqual(['all was understood']);
  const traffic = { ...FACTS.traffic!, recognition: cuts };
  expect(trafficWorth({ ...FACTS, traffic })).toEqual([
    'all was understood',
    'not looked at wholly, so that flows may lack a name: 1,234 payloads',
  ]);
});
