import { type Vocabulary, vocabularyOf } from '../names/vocabulary.ts';
import type { NamingSettings } from '../naming-settings.ts';

/** All names that are known, and which of them the configuration told. */
export interface KnownNames extends Vocabulary {
  readonly own: NamingSettings;
}

export function knownNames(naming: NamingSettings): KnownNames {
  return { ...vocabularyOf(naming), own: naming };
}
