import { saidByExporter } from '../names/exporter-words.ts';
import { processKey } from '../names/vocabulary.ts';
import { rulesNaming, whyRule } from './explain-rules.ts';
import { type NamedRecord, textOf } from './explanation.ts';
import type { KnownNames } from './known-names.ts';

/** Why an application or a service has its value, where the evidence means the same for both; null where it does not. */
export function whyTold(
  record: NamedRecord,
  known: KnownNames,
  column: 'application' | 'service',
  evidence: string,
): string | null {
  switch (evidence) {
    case 'state':
      return 'another flow announced or implied it';
    case 'exporter':
      return exporterSays(record, known);
    case 'process':
      return processSays(record, known);
    case 'rule':
      return whyRule(rulesNaming(known.own, column, textOf(record, column)));
    default:
      return null;
  }
}

function exporterSays(record: NamedRecord, { exporterWords }: KnownNames): string {
  const word = textOf(record, 'exporter_application');
  if (word === '') return 'the exporter named it';
  const said = saidByExporter(exporterWords, word);
  const means = [said.application && `application ${said.application}`, said.service && `service ${said.service}`];
  return `the exporter calls it "${word}", which means ${means.filter(Boolean).join(' and ') || 'nothing'} (data/exporter-applications.yaml)`;
}

function processSays(record: NamedRecord, { processes, own }: KnownNames): string {
  const program = textOf(record, 'executable') || textOf(record, 'process');
  const key = processKey(program);
  const said = processes.get(key);
  if (!said) return `process "${program}" of the end system said so; today no mapping has "${key}"`;
  const parts = said.map(
    ({ application, service, side }) => `${application || service}${side ? ` where it is the ${side}` : ''}`,
  );
  const isOwn = Object.keys(own.processes ?? {}).some((name) => processKey(name) === key);
  return `process "${program}" is mapped as "${key}": ${parts.join(', ')} (${isOwn ? '`processes` of the configuration' : 'data/processes.yaml'})`;
}
