// The order of the rooms (ARCHITECTURE.md): a room may import only from rooms above it in this list, and from another
// room only through its index.ts. src/flow/columns.ts is the one file that is read directly: it is the table itself.
const rooms = ['base', 'system', 'flow', 'filter', 'packet', 'wire', 'meter', 'label', 'truth', 'store', 'query', 'chart', 'ingest', 'demo', 'host', 'fleet', 'study', 'watch', 'server', 'cli'];
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    ...rooms.slice(0, -1).map((room, i) => ({
      name: `order-of-rooms-${room}`,
      comment: `${room} stands above ${rooms[i + 1]} in the house: it must not know what is below it`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${rooms.slice(i + 1).join('|')})/` },
    })),
    {
      name: 'through-the-door',
      comment: "another room is entered by its index.ts only (a worker's entry file is started, not imported)",
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: '\\.test(ing)?\\.ts$' },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '/index\\.ts$'] },
    },
    {
      name: 'web-through-doors',
      comment: 'the dashboard has the types of the rooms, and the words that say what an answer is worth; all else it asks of the API',
      severity: 'error',
      from: { path: '^web/src/' },
      to: { path: '^src/', pathNot: '^src/(flow|filter|truth|query|chart|ingest|server)/index\\.ts$' },
    },
    { name: 'nobody-needs-web', severity: 'error', from: { path: '^src/' }, to: { path: '^web/' } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: ['\\.test\\.ts$', '-(worker|process)\\.ts$', '/main\\.ts$'] }, to: {} },
    { name: 'no-dev-dependency-in-product', severity: 'error', from: { path: '^src/', pathNot: '\\.test(ing)?\\.ts$' }, to: { dependencyTypes: ['npm-dev'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.mjs'] },
  },
};
