import { expect, test } from 'vitest';
import type { CounterSample } from '../base/index.ts';
import type { HostMeterStatus } from '../ingest/index.ts';
import { hostFindings } from './host-findings.ts';

const OVER_MS = 600_000;
const well: HostMeterStatus = {
  level: 'ebpf',
  notes: [],
  pid: 7,
  givenUp: false,
  restarts: 0,
  trouble: '',
  counters: {},
  forwarding: null,
};

const sample = (name: string, value: number): CounterSample => ({ name, help: '', value });

function found(host: HostMeterStatus | null, counters: readonly CounterSample[] = [], sinceMs: number | null = 1_000) {
  return hostFindings({ host, counters, sinceRise: () => sinceMs }, OVER_MS);
}

test('a node that does not meter its machine has nothing to say of it', () => {
  expect(found(null)).toEqual([]);
});

test('the level is told with why it is not better, and which rights would make it so', () => {
  const [best] = found(well);
  expect(best).toMatchObject({ level: 'ok', subject: 'host' });
  expect(best!.text).toContain('level ebpf');
  expect(best!.advice).toBeUndefined();
  const [lesser] = found({ ...well, level: 'sock_diag', notes: ['bpf(2): EPERM'] });
  expect(lesser).toMatchObject({ level: 'ok' });
  expect(lesser!.text).toContain('(bpf(2): EPERM)');
  expect(lesser!.advice).toContain('CAP_BPF');
});

test('a machine that cannot be metered, and a meter that does not live, are told with what to do', () => {
  const [cannot] = found({ ...well, level: 'none', notes: ['no koffi'] });
  expect(cannot).toMatchObject({ level: 'warn', text: 'this machine is not metered (no koffi)' });
  expect(cannot!.advice).toContain('host to off');
  const [dies] = found({ ...well, level: 'none', trouble: 'it ended by itself (exit code 1)', restarts: 3 });
  expect(dies).toMatchObject({ level: 'fail' });
  expect(dies!.text).toContain('exit code 1');
});

test('restarts and what found no room are warned of while they are news', () => {
  const counters = [sample('weir_host_restarts_total', 2), sample('weir_host_unmetered_packets_total', 90)];
  const host = { ...well, restarts: 2, trouble: 'it ended by itself (signal SIGKILL)' };
  expect(found(host, counters).map((f) => f.level)).toEqual(['warn', 'warn', 'ok']);
  expect(found(host, counters)[0]!.text).toContain('ended 2 times');
  expect(found(host, counters)[1]!.text).toContain('90 packets');
  expect(found(host, counters, OVER_MS).map((f) => f.level)).toEqual(['ok']);
});

test('an end of the meter counts one time in words', () => {
  const host = { ...well, restarts: 1, trouble: 'it ended by itself (signal SIGKILL)' };
  expect(found(host, [sample('weir_host_restarts_total', 1)])[0]!.text).toContain('ended 1 time and was');
});

test('what the rules of the policy removed is told, the largest first', () => {
  const rule = (name: string, matched: number, records: number) => ({
    rule: name,
    matched,
    records,
    bytes: 0,
    packets: 0,
  });
  const [, policy] = found({ ...well, policy: [rule('a', 3, 0), rule('b', 0, 0), rule('c', 9, 7)] });
  expect(policy).toMatchObject({ level: 'ok', subject: 'host policy' });
  expect(policy!.text).toBe(
    '3 rules; 7 records were removed since the meter began; by rule, of those that it met: c 7 of 9, a 0 of 3',
  );
});

test('a policy that has removed many records and left none is warned of', () => {
  const policy = [{ rule: 'all', matched: 12, records: 12, bytes: 0, packets: 0 }];
  const [, nothing] = found({ ...well, policy, counters: { records: 0 } });
  expect(nothing).toMatchObject({ level: 'warn', subject: 'host policy' });
  expect(nothing!.text).toMatch(/all 12 of 12: nothing is left$/);
  expect(found({ ...well, policy, counters: { records: 1 } })[1]).toMatchObject({ level: 'ok' });
});

test('a collector that does not get the records is warned of while it is news', () => {
  const forwarding = { to: 'collector:4739', forwarded: 12, unsent: 0, refused: 1, trouble: '' };
  const counters = [sample('weir_host_forwarding_refused_total', 1)];
  const [, news] = found({ ...well, forwarding }, counters);
  expect(news).toMatchObject({ level: 'warn', subject: 'host forward' });
  expect(news!.text).toContain('12 messages of records sent on to collector:4739, its host answered 1 time');
  expect(found({ ...well, forwarding }, counters, OVER_MS)[1]!.level).toBe('ok');
  expect(found({ ...well, forwarding: { ...forwarding, refused: 0 } })[1]).toMatchObject({ level: 'ok' });
});

test('a collector to which there is no way is warned of with the reason, as long as there is none', () => {
  const forwarding = {
    to: 'nosuch:4739',
    forwarded: 0,
    unsent: 0,
    refused: 0,
    trouble: 'getaddrinfo ENOTFOUND nosuch',
  };
  const [, forward] = found({ ...well, forwarding }, [], null);
  expect(forward).toMatchObject({ level: 'warn', subject: 'host forward' });
  expect(forward!.text).toContain('0 not sent: getaddrinfo ENOTFOUND nosuch');
});

test('the log of a proxy that cannot be read is warned of, and one that can told with what came of it', () => {
  const file = '/var/log/squid/weir.log';
  const [, missing] = found({ ...well, proxy_log: { file, problem: 'there is no such file' } });
  expect(missing).toMatchObject({ level: 'warn', subject: 'proxy log' });
  expect(missing!.text).toContain(`${file} cannot be read: there is no such file`);
  const counters = [sample('weir_host_proxy_requests_total', 5), sample('weir_host_proxy_other_lines_total', 1)];
  const [, read] = found({ ...well, proxy_log: { file, problem: '' } }, counters);
  expect(read).toMatchObject({ level: 'ok', text: `5 requests of ${file} became records, 1 line did not` });
});

test('sampling is said, with what would make it less', () => {
  const [sampled] = found(well, [sample('weir_host_sampling', 1), sample('weir_host_sampled_out_total', 12)]);
  expect(sampled).toMatchObject({ level: 'ok' });
  expect(sampled!.text).toContain('12 records were left out');
  expect(sampled!.advice).toContain('host_max_flows');
  const [before] = found(well, [sample('weir_host_sampling', 0), sample('weir_host_sampled_out_total', 12)]);
  expect(before!.text).toContain('no flows are sampled now: 12 records were left out');
  expect(before!.advice).toBeUndefined();
});
