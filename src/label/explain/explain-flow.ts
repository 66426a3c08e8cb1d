import type { LabelOptions } from '../labeller.ts';
import { NO_NAMING } from '../naming-settings.ts';
import type { LookUpAddress } from './address-facts.ts';
import { explainClientSide } from './explain-client-side.ts';
import { explainApplication, explainCategory, explainService } from './explain-names.ts';
import { explainPlaces } from './explain-places.ts';
import { explainSites } from './explain-sites.ts';
import { type Explanation, type NamedRecord, textOf } from './explanation.ts';
import { knownNames } from './known-names.ts';

/** Why a stored record has its names: by the data and the code that labels are made with, as they are today. */
export function explainFlow(
  record: NamedRecord,
  { networks, naming = NO_NAMING }: LabelOptions,
  lookUp: LookUpAddress = () => null,
): Explanation[] {
  const known = knownNames(naming);
  const security = textOf(record, 'security');
  return [
    explainApplication(record, known),
    explainService(record, known),
    explainCategory(record, known),
    explainClientSide(record, known),
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
