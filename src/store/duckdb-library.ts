import { createRequire } from 'node:module';

// By `require` when they are first needed. An `import` of these CommonJS packages reads their 190 files a second time to find the names that they export, and
// does so in every process and thread that imports the store, whether it asks DuckDB anything or not: 0.15 s of CPU before `weir meter` read a packet.
const require = createRequire(import.meta.url);

type Api = typeof import('@duckdb/node-api');
type Bindings = typeof import('@duckdb/node-bindings');

let api: Api | null = null;
let bindings: Bindings | null = null;

/** DuckDB as its package for Node has it. */
export function duckdbApi(): Api {
  api ??= require('@duckdb/node-api') as Api;
  return api;
}

/** Its C interface. */
export function duckdbBindings(): Bindings {
  bindings ??= require('@duckdb/node-bindings') as Bindings;
  return bindings;
}
