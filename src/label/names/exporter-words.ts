import type { Said } from './vocabulary.ts';

/** `3:443`: an engine and a selector that nobody has named. Of engines 1 and 3 it is a protocol or a port, which the record has as well. */
const NUMBERS = /^\d+:\d+$/;

const NOTHING: Said = { application: '', service: '' };

/** What an exporter's word for an application says. A word that is not known is the application, in lower case. */
export function saidByExporter(words: ReadonlyMap<string, Said>, text: string): Said {
  const word = text.trim().toLowerCase();
  const plain = word.replace(/[\s_]+/g, '-');
  const whole = words.get(plain);
  if (whole) return whole;
  if (NUMBERS.test(word)) return NOTHING;
  const parts = plain.split('.');
  // nDPI: the protocol, and what it is used for.
  if (parts.length === 2) {
    const [protocol, use] = parts.map((part) => words.get(part));
    if (protocol && use) return { application: use.application || protocol.application, service: use.service };
    if (protocol) return protocol;
  }
  return { application: word, service: '' };
}
