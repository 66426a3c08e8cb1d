/**
 * host: the traffic of this host's own sockets, by process and user.
 * In: what a backend tells of sockets and their owners, at each sweep. Out: flow records as IPFIX messages, written by a process of its own (meter-process.ts)
 * that alone has capabilities; its state, and the flows that are open. Must not open network sockets, must not allocate per flow that is not handed on, and
 * must not take memory without bound.
 */
export { type EbpfOptions, startEbpf } from './backend/ebpf-backend.ts';
export type {
  HostBackend,
  HostTotals,
  OwnerName,
  OwnerNames,
  OwnerSource,
  SocketOwner,
} from './backend/host-backend.ts';
export { BEGAN, newSocketSweep, type SocketSweep, UNKNOWN_UID } from './backend/socket-sweep.ts';
export {
  DEFAULT_HOST_LIMITS,
  Governor,
  type GovernorStatus,
  type HostLimits,
  SWEEP_MS,
  type Usage,
} from './governor/governor.ts';
export { ProcOwnerNames } from './names/owner-names.ts';
export { loadPolicy, type PolicyPlace, tierOf } from './policy/load-policy.ts';
export { Policy, type RemovedTraffic } from './policy/policy.ts';
export { policyAdvice } from './policy/policy-advice.ts';
export { readPolicyFile } from './policy/policy-file.ts';
export type { Action as PolicyAction, PolicyFile, PolicyRule } from './policy/policy-rule.ts';
export { type PolicyExample, PolicyTrial, type TrialResult } from './policy/policy-trial.ts';
export type { MutableFlow } from './policy/record-row.ts';
