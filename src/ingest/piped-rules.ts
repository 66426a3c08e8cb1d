import { DEFAULT_EXPORTER_SETTINGS } from '../wire/index.ts';
import type { ExporterRule } from './exporter-rules.ts';

/** Who exported what this host metered of itself: of the discard prefix (RFC 6666), as the capture thread's, and another one. */
export const HOST_EXPORTER = '100::2';

/** Its records say their sampling themselves. */
export const HOST_RULES: readonly ExporterRule[] = [
  { prefix: HOST_EXPORTER, settings: DEFAULT_EXPORTER_SETTINGS, name: 'this host' },
];
