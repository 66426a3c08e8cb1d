import { LanguageSupport, LRLanguage, syntaxHighlighting } from '@codemirror/language';
import { classHighlighter, styleTags, tags } from '@lezer/highlight';
import { filterParser } from '../../../src/filter/index.ts';

const coloured = filterParser.configure({
  props: [
    styleTags({
      'And_ Or_ Not_ Swap Either "&&" "||" "!"': tags.keyword,
      'Src Dst': tags.propertyName,
      Set: tags.typeName,
      Text: tags.string,
      Operator: tags.operator,
      Comment: tags.comment,
    }),
  ],
});

/** The filter language as the node reads it, by the same grammar. Colours are those of the classes in app.css: they follow the scheme. */
export function filterLanguage(): LanguageSupport {
  const language = LRLanguage.define({
    parser: coloured,
    languageData: { commentTokens: { line: '#' }, closeBrackets: { brackets: ['(', '[', '"'] } },
  });
  return new LanguageSupport(language, [syntaxHighlighting(classHighlighter)]);
}
