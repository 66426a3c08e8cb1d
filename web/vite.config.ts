import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
// @ts-expect-error a script, which has no types
import { docsPages } from '../scripts/docs-pages.mjs';
// @ts-expect-error a script, which has no types
import { pastDoors } from '../scripts/past-doors.mjs';

/** `vite build web`: dist/web, which the node serves. */
export default defineConfig({
  root: import.meta.dirname,
  // Before types are taken away, and with them the form of the lines that it looks for.
  plugins: [{ ...pastDoors, enforce: 'pre' }, docsPages, react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // What it is built of is in the repository; browsers that are older than this have no support of their makers.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // Kilobytes before packing.
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What the first paint waits for is one file, what several pages have another: a page is three files, not forty, each with its way to the node and back.
            { name: 'base', tags: ['$initial'], priority: 2 },
            { name: 'charts', test: /node_modules.(echarts|zrender|tslib)/, entriesAware: true, priority: 1 },
            { name: 'parts', minShareCount: 3 },
          ],
        },
      },
      treeshake: { moduleSideEffects: (id) => !/\/src\/[a-z]+\/.*\.ts$/.test(id) || id.includes('/web/') },
    },
  },
  server: { proxy: { '/api': process.env.WEIR_URL ?? 'http://127.0.0.1:8480' } },
});
