import { readdirSync, readFileSync } from 'node:fs';
import { check, fact } from './tell.mjs';

/** bpf_attach_type of linux/bpf.h: the hooks of the cgroup that level ebpf takes. */
const HOOKS = {
  0: 'ingress',
  1: 'egress',
  2: 'create',
  10: 'connect4',
  11: 'connect6',
  14: 'send4',
  15: 'send6',
  19: 'receive4',
  20: 'receive6',
  34: 'release',
};
const FEXIT = '25';

/** What is attached, as the kernel shows it of the meter's file descriptors. Gives whether it is told who sends on a socket. */
export function judgePrograms({ level, pid }) {
  const hooks = [];
  const optional = [];
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    const info = Object.fromEntries(
      readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8')
        .split('\n')
        .map((line) => line.split(':\t')),
    );
    const { link_type: type, attach_type: attached, tp_name: tracepoint } = info;
    if (type === 'cgroup') hooks.push(HOOKS[attached] ?? attached);
    else if (type === 'raw_tracepoint') optional.push(tracepoint);
    // Before 6.17 the kernel does not say which.
    else if (type === 'perf') optional.push('a tracepoint');
    else if (type === 'tracing') optional.push(attached === FEXIT ? 'inet_csk_accept (fexit)' : attached);
  }
  const missing = Object.values(HOOKS).filter((name) => !hooks.includes(name));
  check('level', level === 'ebpf', level);
  check(
    'programs of the cgroup that the kernel has attached',
    missing.length === 0 && hooks.length === Object.keys(HOOKS).length,
    missing.length === 0 ? `all ${hooks.length}` : `${hooks.length}, not ${missing.join(', ')}`,
  );
  fact('programs beside them', optional.length === 0 ? 'none' : optional.join(', '));
  return { seesSenders: optional.includes('sock_send_length') };
}
