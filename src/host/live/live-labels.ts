import { formatAddress } from '../../flow/index.ts';
import type { LiveDimension, LiveLabel } from '../../ingest/index.ts';
import type { HostRecord } from '../table/host-record.ts';

type Text = 'process' | 'app' | 'user' | 'container' | 'vm';

/** The group that a record, as the privacy policy left it, belongs to in a dimension. */
export function labelOf(dimension: LiveDimension, record: HostRecord): { key: string; label: LiveLabel } {
  if (dimension === 'process') {
    const { process, pid, user, app } = record;
    const label = {
      ...named('process', process),
      ...(pid ? { pid: pid as number } : {}),
      ...named('user', user),
      ...named('app', app),
    };
    // Texts may hold any character, and none must pass for the border of two.
    return { key: JSON.stringify([pid, process, user, app]), label };
  }
  const text = dimension === 'remote' ? remoteOf(record) : ((record[dimension] as string | undefined) ?? '');
  return { key: text, label: named(dimension, text) };
}

function named(name: Text | 'remote', text: HostRecord[string]): LiveLabel {
  return text ? { [name]: text } : {};
}

function remoteOf({ flow_direction, src_addr, dst_addr }: HostRecord): string {
  const words = (flow_direction === 'egress' ? dst_addr : src_addr) as Uint32Array;
  return formatAddress([words[0]!, words[1]!, words[2]!, words[3]!]);
}
