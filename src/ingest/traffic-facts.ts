import type { Metering } from '../meter/index.ts';
import { type Esp, IPSEC, PACKET_PROBLEM, PACKET_PROBLEMS } from '../packet/index.ts';
import { NO_FACTS, type PacketSum, type SourceFacts, type TrafficFacts } from '../store/index.ts';
import { captureProvenance } from './capture-provenance.ts';
import type { TrafficReader } from './traffic-reader.ts';

/** What a capture of traffic came to, as far as it was read. */
export function trafficProvenance({ capture, metering, esp, firstMs, lastMs }: TrafficReader): SourceFacts {
  const { counts } = metering.meter;
  const errors = { ...errorsOf(metering), ...keyErrors(esp) };
  return {
    ...NO_FACTS,
    errors,
    ...(capture ? captureProvenance(capture, { firstMs, lastMs }, errors) : {}),
    content: 'traffic',
    gzip: capture?.gzip ?? false,
    first_packet: firstMs,
    last_packet: lastMs,
    packets: metering.packets,
    records: counts.records,
    flows: counts.flows,
    traffic: trafficFacts(metering),
    damage: capture?.damage ? `${capture.damage.cause} at byte ${capture.damage.offset}` : null,
  };
}

function trafficFacts(metering: Metering): TrafficFacts {
  const { meter, unmetered, fragments } = metering;
  const { counts } = meter;
  const ipsec = (code: number): PacketSum => ({
    packets: metering.ipsecPackets[code]!,
    bytes: metering.ipsecBytes[code]!,
  });
  return {
    bytes: metering.bytes,
    ip: { packets: counts.packets, bytes: counts.bytes },
    not_ip: unmetered[PACKET_PROBLEM.not_ip]!,
    duplicates_left_out: { packets: counts.duplicates, bytes: counts.duplicateBytes },
    duplicates_unsure: { packets: counts.duplicatesUnsure, bytes: counts.duplicateUnsureBytes },
    sampled_out: counts.sampledOut,
    cut: metering.cut,
    fragments_without_ports: fragments.counts.unknown,
    without_time: counts.timeless,
    time_jumps: counts.timeJumps,
    emergency_expired: counts.emergencyExpired,
    recognition: {
      conversations_cut: counts.recognitionsCut,
      joins_cut: counts.joinsCut,
      server_names_left_out: counts.namesLeftOut + counts.givenNamesCut,
      announcements_cut: counts.announcementsCut,
      initials_cut: counts.initialsCut,
    },
    ipsec: {
      ah: ipsec(IPSEC.ah),
      null: ipsec(IPSEC.null),
      decrypted: ipsec(IPSEC.decrypted),
      opaque: ipsec(IPSEC.opaque),
    },
  };
}

/** Packets that were not understood, or not wholly, by cause. What is no IP is no error. */
function errorsOf({ unmetered, partly }: Metering): Record<string, number> {
  const errors: Record<string, number> = {};
  PACKET_PROBLEMS.forEach((name, code) => {
    const n = partly[code]! + (code === PACKET_PROBLEM.not_ip ? 0 : unmetered[code]!);
    if (n > 0) errors[`packet_${name}`] = n;
  });
  return errors;
}

/** Packets that a key did not open. */
function keyErrors({ counts }: Esp): Record<string, number> {
  const { integrityFailures, implausible } = counts;
  return {
    ...(integrityFailures > 0 ? { esp_integrity: integrityFailures } : {}),
    ...(implausible > 0 ? { esp_implausible: implausible } : {}),
  };
}
