// Compiles the filter grammar (Lezer) to the parser that the product ships. The output is made at build and not kept in the repository.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildParserFile } from '@lezer/generator';

const room = new URL('../src/filter/', import.meta.url);
const source = fileURLToPath(new URL('flow-filter.grammar', room));
const { parser, terms } = buildParserFile(readFileSync(source, 'utf8'), {
  fileName: source,
  moduleStyle: 'es',
  typeScript: true,
  warn: (message) => {
    throw new Error(message);
  },
});
const head = '// @ts-nocheck\n';
writeFileSync(new URL('grammar.generated.ts', room), head + parser);
writeFileSync(new URL('grammar.generated.terms.ts', room), head + terms);
