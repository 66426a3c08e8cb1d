import type { GuestStatus } from '../ingest/index.ts';
import { type Finding, ok, warn } from './finding.ts';

const REMEDY = 'give the meter CAP_NET_RAW (see its log), or set host_guests to off';
const NAMED_BY = {
  configuration: 'by configuration',
  machined: 'by systemd-machined',
  process: 'by its process',
  interface: 'after its interface',
  policy: 'as the privacy policy leaves it',
} as const;

/** Which guests are metered at their interfaces, and which cannot be. */
export function guestFindings(guests: readonly GuestStatus[]): Finding[] {
  const metered = guests.filter((guest) => guest.metered);
  const findings = guests
    .filter((guest) => !guest.metered)
    .map(({ interface: by, name, problem }) =>
      warn('guests', `guest ${name} on ${by} is not metered: ${problem || 'it is being opened'}`, REMEDY),
    );
  if (metered.length === 0) return findings;
  const names = metered.map((g) => `${g.name} on ${g.interface} (named ${NAMED_BY[g.named_by]})`);
  return [...findings, ok('guests', `guests are metered at their interfaces: ${names.join(', ')}`)];
}
