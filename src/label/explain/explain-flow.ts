import type { LabelOptions } from '../labeller.ts';
import { vocabularyOf } from '../names/vocabulary.ts';
import { NO_NAMING } from '../naming-settings.ts';
import type { LookUpAddress } from './address-facts.ts';
import { explainApplication, explainCategory, explainClientSide, explainService } from './explain-names.ts';
import { explainPlaces } from './explain-places.ts';
import { explainSites } from './explain-sites.ts';
import { type Explanation, type NamedRecord, textOf } from './explanation.ts';

/** Why a stored record has its names: by the data and the code that labels are made with, as they are today. */
export function explainFlow(
  record: NamedRecord,
  { networks, naming = NO_NAMING }: LabelOptions,
  lookUp: LookUpAddress = () => null,
): Explanation[] {
  const vocabulary = vocabularyOf(naming);
  const security = textOf(record, 'security');
  return [
    explainApplication(record, vocabulary),
    explainService(record, vocabulary),
    explainCategory(record, vocabulary),
    explainClientSide(record),
    {
      name: 'security',
      value: security || null,
      evidence: null,
      because: whySecurity(security),
      stronger: security === '' ? 'the first payloads of the conversation, where packets are metered' : null,
    },
    ...explainSites(record, networks),
    ...explainPlaces(record, lookUp),
  ];
}

function whySecurity(security: string): string {
  if (security === '')
    return 'no payload was seen, or only some of the middle of a connection, of which nothing is known';
  return security === 'ok' ? 'a meter saw payload, and it shows no weakness' : 'a meter saw it in the payload';
}
