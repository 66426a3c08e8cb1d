/**
 * filter: the filter language: grammar, syntax tree, SQL, row predicate, completion.
 * In: text and the column table. Out: a resolved tree, and from it SQL for DuckDB or a predicate over batches, which select
 * the same rows. Must not touch a database, files or sockets; must not know any column by name but those of nfdump's words.
 */
export { bothFilters } from './both-filters.ts';
export { pinnedAddress, pinnedColumns, referencedColumns } from './columns-read.ts';
export { type Candidate, type Completion, completeFilter } from './complete.ts';
export type { ComputedName } from './computed.ts';
export type { FilterProblem } from './errors.ts';
export { type FilterField, filterFields } from './fields.ts';
export { parser as filterParser } from './grammar.generated.ts';
export {
  type AddressRange,
  type FilterNode,
  type NumberField,
  type NumberRange,
  type Order,
  swapDirection,
} from './node.ts';
export { type FilterOptions, parseFilter } from './parse.ts';
export { filterToPredicate, type RowPredicate } from './predicate.ts';
export type { FilterSets } from './resolve.ts';
export { type FilterSql, filterToSql, type SqlParam } from './sql.ts';
