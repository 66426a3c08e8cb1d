import { type CounterSample, counted } from '../base/index.ts';
import type { HostForwarding, HostMeterStatus, PolicyRuleCounts, ProxyLogStatus } from '../ingest/index.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { guestFindings } from './guest-findings.ts';

export interface HostFacts {
  /** Null where this machine is not to be metered. */
  readonly host: HostMeterStatus | null;
  readonly counters: readonly CounterSample[];
  readonly sinceRise: (counter: string) => number | null;
}

const RIGHTS =
  'run weir as root, or give it CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON (and CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE, to see the processes of others)';
const RESTARTS = 'weir_host_restarts_total';
const UNMETERED = 'weir_host_unmetered_packets_total';
const UNSENT = 'weir_host_unsent_messages_total';
const REFUSED = 'weir_host_forwarding_refused_total';
const MOST_RULES = 5;
/** A policy that has removed so many records, and left none, is hardly meant. */
const SUSPICIOUS_REMOVED = 10;

const LEVEL_WORDS = {
  ebpf: 'every packet of every socket, with its process',
  sock_diag: 'payload of TCP connections that last, with their processes; neither UDP nor what is short',
  proc: 'which sockets are there, with their processes, and nothing of what they send',
} as const;

/** How well this machine itself is metered, and what would make it better. `overMs`: trouble that is longer ago is over. */
export function hostFindings({ host, counters, sinceRise }: HostFacts, overMs: number): Finding[] {
  if (host === null) return [];
  const { level, notes, trouble, guests = [] } = host;
  const why = notes.length > 0 ? ` (${notes.join('; ')})` : '';
  if (level === 'none') {
    if (trouble !== '') return [fail('host', `this machine is not metered: ${trouble}`, 'see the log of the node')];
    return [warn('host', `this machine is not metered${why}`, `${RIGHTS}; or set host to off`)];
  }
  const recent = (counter: string) => (sinceRise(counter) ?? Number.POSITIVE_INFINITY) < overMs;
  const total = (name: string) => counters.filter((c) => c.name === name).reduce((n, c) => n + c.value, 0);
  const findings: Finding[] = [];
  const restarts = total(RESTARTS);
  if (restarts > 0 && recent(RESTARTS))
    findings.push(
      warn(
        'host',
        `the meter of this machine ended ${counted(restarts, 'time')} and was started again: ${trouble}`,
        'see the log of the node; what it had not recorded is missing, and answers say since when nothing was measured',
      ),
    );
  const lost = total(UNMETERED);
  if (lost > 0 && recent(UNMETERED))
    findings.push(
      warn(
        'host',
        `${counted(lost, 'packet')} of this machine ${lost === 1 ? 'is' : 'are'} in no flow: there were more connections at once than the 65,536 entries of the kernel's table have room for, or packets of guests than were read in time`,
        'a scan or a flood makes so many; totals of answers say what is missing',
      ),
    );
  const left = total('weir_host_sampled_out_total');
  const isSampling = total('weir_host_sampling') > 0;
  const flows = isSampling ? 'flows are sampled' : 'no flows are sampled now';
  const sampled = left > 0 ? `; ${flows}: ${counted(left, 'record was', 'records were')} left out so far` : '';
  const advice = level !== 'ebpf' ? RIGHTS : isSampling ? 'raise host_max_flows or host_cpu for fewer' : undefined;
  findings.push(...guestFindings(guests));
  findings.push(ok('host', `this machine is metered, level ${level}: ${LEVEL_WORDS[level]}${why}${sampled}`, advice));
  if (host.proxy_log) findings.push(proxyLogFinding(host.proxy_log, total));
  if (host.policy) findings.push(policyFinding(host.policy, host.counters.records ?? 0));
  if (host.forwarding) {
    const news = [UNSENT, REFUSED].some(recent);
    findings.push(forwardingFinding(host.forwarding, news));
  }
  return findings;
}

/** The rules that did something, those that removed most first. `left`: the records that were not removed. */
function policyFinding(rules: readonly PolicyRuleCounts[], left: number): Finding {
  const removed = rules.reduce((sum, { records }) => sum + records, 0);
  const active = rules.filter(({ matched }) => matched > 0).sort((a, b) => b.records - a.records);
  const each = active.slice(0, MOST_RULES).map(({ rule, matched, records }) => `${rule} ${records} of ${matched}`);
  const more = active.length > MOST_RULES ? ', ...' : '';
  const by =
    each.length === 0 ? 'no rule met a record yet' : `by rule, of those that it met: ${each.join(', ')}${more}`;
  const count = counted(removed, 'record was', 'records were');
  const text = `${counted(rules.length, 'rule')}; ${count} removed since the meter began; ${by}`;
  if (left > 0 || removed < SUSPICIOUS_REMOVED) return ok('host policy', text);
  return warn('host policy', `${text}: nothing is left`, 'see what its rules drop: weir host policy check FILE');
}

function proxyLogFinding({ file, problem }: ProxyLogStatus, total: (counter: string) => number): Finding {
  const read = `${counted(total('weir_host_proxy_requests_total'), 'request')} of ${file} became records, ${counted(total('weir_host_proxy_other_lines_total'), 'line')} did not`;
  if (problem === '') return ok('proxy log', read);
  return warn(
    'proxy log',
    `${file} cannot be read: ${problem}; ${read}`,
    'see that the proxy writes its log there (host_proxy_log)',
  );
}

/** `news`: something went wrong a moment ago. */
function forwardingFinding({ to, forwarded, unsent, refused, trouble: noWay }: HostForwarding, news: boolean): Finding {
  const went = `${counted(forwarded, 'message')} of records sent on to ${to}`;
  if (noWay !== '')
    return warn(
      'host forward',
      `${went}, ${unsent} not sent: ${noWay}`,
      'see that host_forward names a collector to which there is a way: it is tried again',
    );
  if (unsent === 0 && refused === 0) return ok('host forward', went);
  const trouble = [
    ...(unsent > 0 ? [`${unsent} not sent`] : []),
    ...(refused > 0 ? [`its host answered ${counted(refused, 'time')} that nobody listens`] : []),
  ].join(', ');
  const text = `${went}, ${trouble}`;
  return news
    ? warn('host forward', text, 'see that a collector listens there (host_forward)')
    : ok('host forward', text);
}
