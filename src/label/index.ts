/**
 * label: rows -> named rows: the direction across the border of the home networks, and sites, by configured prefixes; the table of what is known of
 * an address: its autonomous system, country, block lists and site; applications, and who asks whom.
 * In: rows of a FlowBatch that a decoder or meter wrote, and configuration. Out: more columns of the same rows. Must not open files but those of names that come
 * with Weir, nor sockets, must not read a clock, must not allocate per row.
 */

export { BLOCKLIST_FORMATS, type BlocklistFormat } from './blocklists/choose-format.ts';
export { faultInWords, type ListFault } from './blocklists/list-fault.ts';
export { formatPrefixLines, parseBlocklist, readPrefixLines } from './blocklists/parse-blocklist.ts';
export type { Rejection } from './blocklists/prefix-collector.ts';
export { namedScheme } from './categories/named-scheme.ts';
export { readScheme } from './categories/read-scheme.ts';
export { categoryOf, type Scheme, type SchemeFile } from './categories/scheme.ts';
export type { ListEntry, LookUpAddress, RangeOfSource } from './explain/address-facts.ts';
export { announcersOf } from './explain/announcers.ts';
export { explainFlow } from './explain/explain-flow.ts';
export { ruleInWords, rulesNaming, whyRule } from './explain/explain-rules.ts';
export { around } from './explain/explain-sites.ts';
export type { Explanation } from './explain/explanation.ts';
export { type ExporterSite, filterSets, type HomeNetworks, homePrefixes, NO_HOME } from './home-networks.ts';
export { Labeller, type LabelOptions } from './labeller.ts';
export { LateLabels } from './late/late-labels.ts';
export {
  type KnownApplication,
  type KnownNames,
  knownNames,
} from './names/known-names.ts';
export {
  type LabelRule,
  type NamingSettings,
  NO_NAMING,
  type UserApplication,
  type UserProcess,
  type UserService,
} from './naming-settings.ts';
export { PlaceLabels } from './place-labels.ts';
export { AsNames, type AsNamesHandle, asNamesHandle } from './places/as-names.ts';
export { buildPlaces, type NamedPrefixes } from './places/build-places.ts';
export { readMmdb } from './places/mmdb/read-mmdb.ts';
export { isMrtHead, MrtReader } from './places/mrt/mrt-reader.ts';
export { type BothFamilies, countryText, type PlaceData, type RefusedFile, Skipped } from './places/place-data.ts';
export { PlaceTable, type PlaceTableHandle } from './places/place-table.ts';
export { rangeAt } from './places/range-at.ts';
export { countryOfText, publicAsnOfText, readRangeCsv } from './places/range-csv.ts';
export {
  type NamedPlaces,
  packPlaceData,
  packPlaces,
  unpackPlaceData,
  unpackPlaces,
} from './places/stored-places.ts';
export { shippedNames } from './shipped.ts';
