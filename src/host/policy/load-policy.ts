import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../base/index.ts';
import { Policy } from './policy.ts';
import { readPolicyFile } from './policy-file.ts';
import { policyKey } from './policy-key.ts';
import { needsKey, type PolicyFile } from './policy-rule.ts';

/** In the data directory, if the policy does not say where its key is. */
const KEY_FILE = 'host-policy.key';

export interface PolicyPlace {
  /** Where the key of pseudonyms is kept if the file does not say. */
  readonly stateDirectory: string;
  readonly hostName: string;
  /** Name of the tier, where it does not follow from the name of the host. */
  readonly tier?: string | undefined;
}

/** The policy of a file for one host. A key is made where its rules need one and there is none. Raises WeirError `config`: no traffic is recorded without it. */
export function loadPolicy(path: string, place: PolicyPlace): Policy {
  const file = readPolicyFile(path);
  const tier = tierOf(file, place);
  return new Policy(file, tier, needsKey(file) ? keyOf(file, place.stateDirectory) : null);
}

function keyOf({ key }: PolicyFile, directory: string): Uint8Array {
  if (key !== null) return policyKey(key);
  try {
    // Of an agent it is the meter's alone, and made only now that something is to be kept there.
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new WeirError('config', `${directory}: no place for the key of pseudonyms: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return policyKey(join(directory, KEY_FILE));
}

/** Place of the host's tier in the list: the first that names it, else the last, which is trusted least; -1 where there are no tiers. */
export function tierOf({ tiers }: PolicyFile, { hostName, tier }: Pick<PolicyPlace, 'hostName' | 'tier'>): number {
  if (tier !== undefined) {
    const at = tiers.findIndex((t) => t.name === tier);
    if (at >= 0) return at;
    const known = tiers.map((t) => t.name).join(', ');
    throw new WeirError('config', `tier "${tier}": the policy has ${known === '' ? 'no tiers' : `only ${known}`}`);
  }
  const at = tiers.findIndex((t) => t.hosts.some((pattern) => fits(pattern, hostName)));
  return at < 0 ? tiers.length - 1 : at;
}

/** Names of hosts are the same in capitals; * stands for any characters. */
function fits(pattern: string, hostName: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'i').test(hostName);
}
