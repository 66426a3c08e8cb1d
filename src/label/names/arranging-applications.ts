import type { ApplicationName } from '../../flow/index.ts';

const NAMES: readonly ApplicationName[] = ['ftp', 'sip', 'rtsp', 'h323', 'mgcp', 'sccp', 'stun'];

/**
 * Applications whose conversations arrange others, of files or media, which the same programs carry at other ports: what such a program speaks is known at the
 * application's own ports alone.
 */
export const ARRANGING_APPLICATIONS: ReadonlySet<string> = new Set(NAMES);
