import { describe, expect, it } from 'vitest';
import { type AddressWords, CryptoPan, formatAddress, Pseudonyms, parseAddress } from '../../flow/index.ts';
import { tierOf } from './load-policy.ts';
import { Policy } from './policy.ts';
import { parsePolicy } from './policy-file.ts';
import type { MutableFlow } from './record-row.ts';
import { TEXTS } from './text-changes.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 3);

function policyOf(text: string, place: { hostName: string; tier?: string } = { hostName: 'desk-1' }): Policy {
  const file = parsePolicy(text, 'policy.yaml');
  return new Policy(file, tierOf(file, place), KEY);
}

function words(text: string): Uint32Array {
  return Uint32Array.from(parseAddress(text)!);
}

function textOf(value: MutableFlow[string]): string {
  return formatAddress([...(value as Uint32Array)] as unknown as AddressWords);
}

/** 2026-11-23 12:00 UTC, a Monday. */
const NOON = Date.UTC(2026, 10, 23, 12);

function flowOf(more: MutableFlow = {}): MutableFlow {
  return {
    start: NOON,
    end: NOON,
    src_addr: words('10.1.2.3'),
    dst_addr: words('203.0.113.77'),
    src_port: 40_000,
    dst_port: 443,
    protocol: 6,
    raw_bytes: 1_000,
    raw_packets: 10,
    flow_direction: 'egress',
    user: 'alice',
    process: 'firefox',
    executable: '/usr/lib/firefox/firefox-bin',
    parent: 'gnome-shell',
    pid: 4_711,
    app: 'app-gnome-firefox.scope',
    ...more,
  };
}

/** The same flow as this host receives it. */
function replyOf(more: MutableFlow = {}): MutableFlow {
  const { src_addr, dst_addr, src_port, dst_port, ...rest } = flowOf();
  const turned = { src_addr: dst_addr, dst_addr: src_addr, src_port: dst_port, dst_port: src_port };
  return { ...rest, ...turned, flow_direction: 'ingress', ...more };
}

describe('a policy', () => {
  it('drops what a rule matches, in both directions of the flow, and counts it by rule', () => {
    const policy = policyOf('rules: [{name: web, match: "dst port 443", actions: [drop]}]');
    expect(policy.apply(flowOf({ sampling: 4 }), NOON)).toBe('drop');
    expect(policy.apply(replyOf({ duplicate: 'yes' }), NOON)).toBe('drop');
    expect(policy.apply(flowOf({ dst_port: 80 }), NOON)).toBe('keep');
    expect(policy.counts).toEqual([{ rule: 'web', matched: 2, records: 2, bytes: 4_000, packets: 40 }]);
    expect(policy.removed).toEqual({ records: 2, bytes: 4_000, packets: 40 });
  });

  it('holds for one direction where the rule says so', () => {
    const policy = policyOf('rules: [{match: "dst port 443", directions: one, actions: [drop]}]');
    expect([policy.apply(flowOf(), NOON), policy.apply(replyOf(), NOON)]).toEqual(['drop', 'keep']);
  });

  it('cuts the remote address of what is sent and of what is received', () => {
    const policy = policyOf('rules: [{match: any, actions: [{truncate: {addresses: remote}}]}]');
    const [sent, received] = [flowOf(), replyOf()];
    for (const flow of [sent, received]) expect(policy.apply(flow, NOON)).toBe('keep');
    expect([textOf(sent.src_addr), textOf(sent.dst_addr)]).toEqual(['10.1.2.3', '203.0.113.0']);
    expect([textOf(received.src_addr), textOf(received.dst_addr)]).toEqual(['203.0.113.0', '10.1.2.3']);
  });

  it('cuts both ends where nobody knows which one is local', () => {
    const policy = policyOf('rules: [{match: any, actions: [{truncate: {addresses: remote, ipv4: 8}}]}]');
    const flow = flowOf({ flow_direction: undefined });
    policy.apply(flow, NOON);
    expect([textOf(flow.src_addr), textOf(flow.dst_addr)]).toEqual(['10.0.0.0', '203.0.0.0']);
  });

  it('cuts both ends of a request in the log of a proxy, which are other hosts', () => {
    const policy = policyOf('rules: [{match: any, actions: [{truncate: {addresses: remote, ipv4: 8}}]}]');
    const [sent, received] = [flowOf({ owner_source: 'proxy_log' }), replyOf({ owner_source: 'proxy_log' })];
    for (const flow of [sent, received]) policy.apply(flow, NOON);
    expect([textOf(sent.src_addr), textOf(sent.dst_addr)]).toEqual(['10.0.0.0', '203.0.0.0']);
    expect([textOf(received.src_addr), textOf(received.dst_addr)]).toEqual(['203.0.0.0', '10.0.0.0']);
  });

  it('cuts the destination of the rule, which is the source of what comes back', () => {
    const policy = policyOf(
      'rules: [{match: "dst net 203.0.113.0/24", actions: [{truncate: {addresses: dst, ipv4: 0}}]}]',
    );
    const [sent, received] = [flowOf(), replyOf()];
    for (const flow of [sent, received]) policy.apply(flow, NOON);
    expect([textOf(sent.src_addr), textOf(sent.dst_addr)]).toEqual(['10.1.2.3', '0.0.0.0']);
    expect([textOf(received.src_addr), textOf(received.dst_addr)]).toEqual(['0.0.0.0', '10.1.2.3']);
  });

  it('makes pseudonyms of addresses and users, the same each time, and cuts them where another rule cuts', () => {
    const policy = policyOf(`
      rules:
        - {match: any, actions: [{pseudonymise: [remote, user]}]}
        - {match: "dst port 80", actions: [{truncate: {addresses: remote, ipv4: 16}}]}`);
    const pan = new CryptoPan(KEY);
    const changed = formatAddress(pan.address(parseAddress('203.0.113.77')!));
    const [first, second, cut] = [flowOf(), replyOf(), flowOf({ dst_port: 80 })];
    for (const flow of [first, second, cut]) policy.apply(flow, NOON);
    expect([textOf(first.dst_addr), textOf(second.src_addr)]).toEqual([changed, changed]);
    expect([first.user, second.user]).toEqual(Array(2).fill(new Pseudonyms(KEY).of('user', 'alice')));
    expect(textOf(cut.dst_addr)).toBe(changed.replace(/\.\d+\.\d+$/, '.0.0'));
    expect(first.process).toBe('firefox');
  });

  it('changes addresses that are texts, as records of a store have them', () => {
    const policy = policyOf('rules: [{match: any, actions: [{truncate: {addresses: both, ipv6: 32}}]}]');
    const flow: MutableFlow = { src_addr: '2001:db8:1:2::3', dst_addr: '198.51.100.9', protocol: 6 };
    policy.apply(flow, NOON);
    expect(flow).toMatchObject({ src_addr: '2001:db8::', dst_addr: '198.51.100.0' });
  });

  it('removes the detail of processes, and other columns that would tell it', () => {
    const policy = policyOf('rules: [{match: any, actions: [{remove: process_detail}]}]');
    const flow = flowOf({ container: 'firefox-sandbox', vm: 'guest' });
    policy.apply(flow, NOON);
    const { process, executable, parent, pid, app, container, vm, user } = flow;
    expect([process, executable, parent, pid, app, container]).toEqual(Array(6).fill(undefined));
    expect([vm, user]).toEqual(['guest', 'alice']);
  });

  it('leaves no user in paths, units and numbers of accounts', () => {
    const policy = policyOf('rules: [{match: any, actions: [{pseudonymise: user}]}]');
    const flow = flowOf({ executable: '/home/Alice/bin/tool', app: 'user@1000.service', container: 'alices-box' });
    policy.apply(flow, NOON);
    const pseudonym = new Pseudonyms(KEY).of('user', 'alice');
    expect(flow).toMatchObject({
      user: pseudonym,
      executable: `/home/${pseudonym}/bin/tool`,
      app: 'user@x.service',
      container: `${pseudonym}s-box`,
    });
  });

  it('leaves no address that it changed in names', () => {
    const policy = policyOf('rules: [{match: any, actions: [{truncate: {addresses: remote}}]}]');
    const flow = flowOf({ server_name: 'ip-203-0-113-77.example.net', container: 'c-203.0.113.77', vm: 'guest' });
    policy.apply(flow, NOON);
    expect([flow.server_name, flow.container, flow.vm]).toEqual([undefined, undefined, 'guest']);
  });

  it('judges a record as it came, whatever earlier rules change', () => {
    const policy = policyOf(`
      rules:
        - {match: any, actions: [{pseudonymise: [user]}]}
        - {match: user alice, actions: [{remove: server_name}]}`);
    const flow = flowOf({ server_name: 'example.net' });
    policy.apply(flow, NOON);
    expect(flow.server_name).toBeUndefined();
  });

  it('applies no rule after one that keeps', () => {
    const policy = policyOf(`
      rules:
        - {match: process backup, actions: [keep]}
        - {match: any, actions: [drop]}`);
    expect(policy.apply(flowOf({ process: 'backup' }), NOON)).toBe('keep');
    expect(policy.apply(flowOf(), NOON)).toBe('drop');
  });

  it('tells many names apart, more than it remembers', () => {
    const policy = policyOf('rules: [{match: process p7, actions: [drop]}]');
    const names = Array.from({ length: 30_000 }, (_, i) => `p${i % 9_000}`);
    const dropped = names.flatMap((process, i) => (policy.apply(flowOf({ process }), NOON) === 'drop' ? [i] : []));
    expect(dropped).toEqual([7, 9_007, 18_007, 27_007]);
  });

  it('tells names apart that have a line break where those of others end', () => {
    for (const [i, second] of TEXTS.slice(1).entries()) {
      const first = TEXTS[i]!;
      if ([first, second].includes('user')) continue;
      const policy = policyOf('rules: [{name: names, match: "dst port 443", actions: [{remove: user}]}]');
      const others = flowOf({ [first]: 'one\ntwo', [second]: 'three' });
      const own = flowOf({ [first]: 'one', [second]: 'two\nthree' });
      policy.apply(others, NOON);
      policy.apply(own, NOON);
      expect([own[first], own[second], own.user], `${first}, ${second}`).toEqual(['one', 'two\nthree', undefined]);
    }
  });

  it('is for hosts of a tier and of those that are trusted less', () => {
    const text = `
      tiers: [{name: operations, hosts: "ops-*"}, {name: servers, hosts: ["db-1"]}, {name: desks}]
      rules: [{match: any, trust: servers, actions: [drop]}]`;
    const of = (hostName: string, tier?: string) =>
      policyOf(text, { hostName, ...(tier ? { tier } : {}) }).apply(flowOf(), NOON);
    expect([of('ops-3'), of('DB-1'), of('laptop'), of('laptop', 'operations')]).toEqual([
      'keep',
      'drop',
      'drop',
      'keep',
    ]);
    expect(() => of('laptop', 'desk')).toThrow(/only operations, servers, desks/);
  });
});

describe('times of a policy', () => {
  const nights = `
    rules:
      - {match: any, time: {days: mon-fri, hours: "18:00-08:00", zone: Europe/Berlin}, actions: [drop]}`;
  const at = (text: string, iso: string, minutes = 0) =>
    policyOf(text).apply(flowOf({ start: Date.parse(iso), end: Date.parse(iso) + minutes * 60_000 }), NOON);

  it.each([
    ['2026-11-23T16:59:00Z', 0, 'keep'], // 17:59 on Monday
    ['2026-11-23T17:00:00Z', 0, 'drop'],
    ['2026-11-24T06:59:59Z', 0, 'drop'], // 07:59:59 on Tuesday
    ['2026-11-24T07:00:00Z', 0, 'keep'],
    ['2026-11-28T06:00:00Z', 0, 'drop'], // Saturday morning is the night of Friday
    ['2026-11-28T20:00:00Z', 0, 'keep'],
    ['2026-11-23T06:00:00Z', 0, 'keep'], // Monday morning is the night of Sunday
    ['2026-07-06T15:59:00Z', 0, 'keep'], // summer time
    ['2026-07-06T16:00:00Z', 0, 'drop'],
    ['2026-11-23T16:30:00Z', 45, 'drop'], // partly in the window
    ['2026-11-24T07:00:00Z', 20 * 60, 'drop'],
  ])('the night in Berlin, %s and %d minutes: %s', (iso, minutes, expected) => {
    expect(at(nights, iso, minutes)).toBe(expected);
  });

  it('lets through only what is wholly in the time of a rule that keeps', () => {
    const text = `
      rules:
        - {match: any, time: {hours: "08:00-18:00", zone: UTC}, actions: [keep]}
        - {match: any, actions: [drop]}`;
    const days = [at(text, '2026-11-23T17:30:00Z', 29), at(text, '2026-11-23T17:30:00Z', 30)];
    expect([...days, at(text, '2026-11-23T07:59:00Z', 5)]).toEqual(['keep', 'drop', 'drop']);
  });
});

it('a user without a name does not stay by number in other names of the record', () => {
  const names = { user: 'uid 1000', container: 'rootless-1000', app: 'podman-1000', process: 'job10001' };
  const removed = flowOf(names);
  policyOf('rules: [{match: any, actions: [{remove: user}]}]').apply(removed, NOON);
  expect(removed).toMatchObject({ user: undefined, container: undefined, app: undefined, process: 'job10001' });
  const hidden = flowOf(names);
  policyOf('rules: [{match: any, actions: [{pseudonymise: user}]}]').apply(hidden, NOON);
  expect(hidden.user).not.toContain('1000');
  expect(hidden).toMatchObject({ container: `rootless-${hidden.user}`, app: `podman-${hidden.user}` });
});

describe('the name of a guest, told beside its records', () => {
  const told = (...rules: string[]) => policyOf(`rules: [${rules.join(', ')}]`).guestName('desk-1-vm', 'desk-1');

  it('is whole where no rule takes anything of it', () => {
    expect(told('{match: any, actions: [{remove: [user, container]}]}', '{match: dst port 53, actions: [drop]}')).toBe(
      'desk-1-vm',
    );
  });

  it('is not told where a rule takes it out of records: by itself, as the application, or by the name of the host in it', () => {
    for (const column of ['vm', 'process_detail', 'host'])
      expect(told(`{match: dst port 53, actions: [{remove: [${column}]}]}`)).toBeNull();
  });

  it('is not told where a rule drops records by it', () => {
    expect(told('{match: vm = desk-1-vm, actions: [drop]}')).toBeNull();
    expect(told('{match: app = desk-1-vm, actions: [drop]}')).toBeNull();
  });

  it('is the pseudonym that its records have', () => {
    const rule = '{match: any, actions: [{pseudonymise: [vm]}]}';
    const flow = flowOf({ vm: 'desk-1-vm', app: 'desk-1-vm', host: 'desk-1' });
    policyOf(`rules: [${rule}]`).apply(flow, NOON);
    expect(told(rule)).toBe(flow.vm);
    expect(told(rule)).not.toContain('desk-1');
  });
});
