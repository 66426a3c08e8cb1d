import { type CounterSample, counted } from '../base/index.ts';
import { type Finding, ok, warn } from './finding.ts';

export interface CaptureFacts {
  readonly counters: readonly CounterSample[];
  readonly sinceRise: (counter: string) => number | null;
}

const DROPS = 'weir_capture_kernel_drops_total';
const EMERGENCY = 'weir_meter_emergency_expired_total';
const KEY_FAILURES = 'weir_capture_esp_key_failures_total';

/** What this node captures itself: interfaces that are gone, packets that came too fast, flows that found no room. `overMs`: trouble that is longer ago is over. */
export function captureFindings({ counters, sinceRise }: CaptureFacts, overMs: number): Finding[] {
  const of = (name: string) => counters.filter((c) => c.name === name);
  const interfaces = of('weir_capture_up').map(({ labels, value }) => ({
    name: labels!.interface!,
    isUp: value === 1,
  }));
  if (interfaces.length === 0) return [];
  const recent = (counter: string) => (sinceRise(counter) ?? Number.POSITIVE_INFINITY) < overMs;
  const findings = interfaces
    .filter((i) => !i.isUp)
    .map(({ name }) =>
      warn(
        'capture',
        `interface ${name} is down, gone or without carrier: nothing is metered there`,
        `look at the cable and the mirror, ip link set ${name} up, or see why it is gone; it is taken up again by itself`,
      ),
    );
  const packets = of('weir_capture_packets_total');
  const dropped = of(DROPS).filter((c) => c.value > 0);
  if (dropped.length > 0) {
    const told = dropped.map(
      ({ labels, value }) => `${value} of ${labels!.interface} (${share(value, packets, labels!)})`,
    );
    const text = `packets were dropped because they came faster than they were metered: ${told.join(', ')}`;
    findings.push(
      recent(DROPS)
        ? warn(
            'capture',
            text,
            'raise capture_ring for bursts; for a load that lasts set capture_sampling, or give the node a faster core',
          )
        : ok('capture', `${text}; none in the last ${overMs / 60_000} min`),
    );
  }
  const early = of(EMERGENCY)[0]?.value ?? 0;
  if (early > 0 && recent(EMERGENCY))
    findings.push(
      warn(
        'capture',
        `${counted(early, 'flow was', 'flows were')} ended early, because more were open than there is room for`,
        'a scan or a flood makes so many; capture_idle shorter than 90 s leaves fewer open',
      ),
    );
  const unopened = of(KEY_FAILURES).filter(({ value }) => value > 0);
  if (unopened.length > 0 && recent(KEY_FAILURES)) {
    const told = unopened.map(({ labels, value }) => `${labels!.cause} ${value}`).join(', ');
    findings.push(
      warn(
        'capture',
        `packets of IPsec were not opened by the key that capture_keys has for them (${told}): they stay opaque`,
        'see that the keys are those in use now; weir report opaque names the hosts',
      ),
    );
  }
  if (findings.length > 0) return findings;
  const names = interfaces.map((i) => i.name).join(', ');
  const copies = total(of('weir_meter_duplicate_packets_total'));
  const twice = copies > 0 ? `; ${copies} of them were copies that the mirror made, and left out` : '';
  return [ok('capture', `${counted(total(packets), 'packet')} taken from ${names}, none dropped${twice}`)];
}

function share(drops: number, packets: readonly CounterSample[], labels: Readonly<Record<string, string>>): string {
  const taken = total(packets.filter((c) => c.labels?.interface === labels.interface));
  return `${((100 * drops) / (drops + taken)).toFixed(2)} %`;
}

function total(samples: readonly CounterSample[]): number {
  return samples.reduce((n, c) => n + c.value, 0);
}
