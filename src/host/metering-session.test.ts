import { expect, it } from 'vitest';
import { METER_OPTIONS } from '../ingest/piped-meter.testing.ts';
import { MeteringSession } from './metering-session.ts';
import { Policy } from './policy/policy.ts';
import { parsePolicy } from './policy/policy-file.ts';
import { recordedMeter } from './table/host-meter.testing.ts';

const NOBODY = { process: '', executable: '', parent: '', app: '', user: '', container: '', vm: '' };

it('what the policy drops takes no place of what is stored: it is counted whole, and makes nothing sampled', () => {
  const { backend } = recordedMeter();
  const flow = (cookie: number, remotePort: number) => ({
    ...{ cookie, local: '10.0.0.1', remote: '192.0.2.53', localPort: 1_024 + cookie, remotePort, protocol: 17 },
    tx: [100, 1] as [number, number],
  });
  backend.entries = Array.from({ length: 2_000 }, (_, i) => flow(i + 1, i % 100 === 0 ? 443 : 53));
  const policy = new Policy(parsePolicy('rules: [{match: dst port 53, actions: [drop]}]', 'policy.yaml'), 0, null);
  const session = new MeteringSession(
    { ...METER_OPTIONS, maxFlows: 200 },
    { backend, names: { of: () => NOBODY }, notes: [] },
    policy,
    () => {},
  );
  session.turn(1_000);
  session.end(2_000);
  const counters = { policy_records: 1_980, policy_bytes: 198_000, sampled_out: 0, sampling: 0 };
  expect(session.status()).toMatchObject({ counters });
});
