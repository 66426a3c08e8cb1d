import { type Finding, ok, warn } from '../finding.ts';
import type { PolledExporter } from './interface-poller.ts';

const SHOWN = 5;

/** Exporters that may be asked by SNMP and do not answer; nothing where none may be asked. */
export function snmpFindings(polled: readonly PolledExporter[]): Finding[] {
  if (polled.length === 0) return [];
  const failed = polled.flatMap(({ exporter, failure }) => (failure ? [{ exporter, ...failure }] : []));
  const of = `${polled.length} that may be asked`;
  if (failed.length === 0) return [ok('snmp', `all exporters of the ${of} tell their interfaces`)];
  const shown = failed.slice(0, SHOWN).map(({ exporter, message }) => `${exporter} (${message})`);
  const more = failed.length > SHOWN ? ` and ${failed.length - SHOWN} more` : '';
  return [
    warn(
      'snmp',
      `${failed.length} exporters of the ${of} do not tell their interfaces: ${shown.join(', ')}${more}`,
      'see the access list of the exporter and `snmp:` in the configuration file; snmpwalk from this machine shows what it answers',
    ),
  ];
}
