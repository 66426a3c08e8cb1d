// docs/ as modules of the dashboard: `virtual:weir-docs` lists the pages, each of which is a file of its own. A page is a tree of elements, not HTML: nothing that stands
// in it can become a program.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lexer } from 'marked';

const NAME = 'virtual:weir-docs';
const docs = join(dirname(fileURLToPath(import.meta.url)), '../docs');

/** The pages by their path without `.md`, parsed; of docs/README.md it is empty. `problems` is told of each link that leads nowhere. */
export function readDocs(folder = docs, problems = []) {
  const files = readdirSync(folder, { recursive: true }).filter((file) => file.endsWith('.md'));
  const pages = new Map(files.sort().map((file) => [pathOf(file), parse(readFileSync(join(folder, file), 'utf8'))]));
  return [...pages].map(([path, { tokens, headings }]) => {
    const context = { path, pages, problems, headings: headings.values() };
    const [title] = headings;
    if (title?.depth !== 1) throw new Error(`docs/${path}.md: begins with no title`);
    return {
      path,
      title: title.text,
      headings: headings.slice(1),
      tree: nodes(tokens, context),
    };
  });
}

const pathOf = (file) =>
  file
    .replaceAll('\\', '/')
    .replace(/\.md$/, '')
    .replace(/^README$/, '');

function parse(text) {
  const tokens = lexer(text);
  const used = new Map();
  const headings = tokens
    .filter(({ type }) => type === 'heading')
    .map(({ depth, tokens: inner }) => {
      const words = plain(inner);
      const slug = words
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-');
      const n = used.get(slug) ?? 0;
      used.set(slug, n + 1);
      return { depth, text: words, id: n === 0 ? slug : `${slug}-${n}` };
    });
  return { tokens, headings };
}

/** What is left of tokens without their marks. */
function plain(tokens = []) {
  return tokens.map((t) => (t.tokens ? plain(t.tokens) : t.type === 'br' ? ' ' : unescaped(t.text ?? ''))).join('');
}

const ENTITIES = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'" };
const unescaped = (text) => text.replace(/&(lt|gt|amp|quot|#39);/g, (entity) => ENTITIES[entity]);

const nodes = (tokens, context) => tokens.flatMap((token) => node(token, context));

/** A token as an element `[tag, properties, ...children]`, as text, or as nothing. */
function node(token, context) {
  const inner = () => nodes(token.tokens ?? [], context);
  switch (token.type) {
    // Tags are left out; the words between them are tokens of their own.
    case 'html':
    case 'space':
    case 'def':
      return [];
    case 'heading':
      return [[`h${token.depth}`, { id: context.headings.next().value.id }, ...inner()]];
    case 'paragraph':
      return [['p', {}, ...inner()]];
    case 'code':
      return [['pre', {}, token.text]];
    case 'list':
      return [
        [token.ordered ? 'ol' : 'ul', {}, ...token.items.map((item) => ['li', {}, ...nodes(item.tokens, context)])],
      ];
    case 'table':
      return [table(token, context)];
    case 'blockquote':
    case 'strong':
    case 'em':
      return [[token.type, {}, ...inner()]];
    case 'codespan':
      return [['code', {}, unescaped(token.text)]];
    case 'link':
      return [['a', { href: target(token.href, context) }, ...inner()]];
    case 'image':
      return [['img', { src: token.href, alt: token.text }]];
    case 'br':
    case 'hr':
      return [[token.type, {}]];
    case 'text':
      return token.tokens ? inner() : [unescaped(token.text)];
    case 'escape':
      return [unescaped(token.text)];
    default:
      throw new Error(
        `docs/${context.path}.md: ${token.type} is not shown in the dashboard: ${token.raw.slice(0, 60)}`,
      );
  }
}

function table({ header, rows }, context) {
  const row = (tag, cells) => ['tr', {}, ...cells.map((cell) => [tag, {}, ...nodes(cell.tokens, context)])];
  return ['table', {}, ['thead', {}, row('th', header)], ['tbody', {}, ...rows.map((cells) => row('td', cells))]];
}

/** Where a link leads within the dashboard; other sites as they are. */
function target(href, { path, pages, problems }) {
  if (/^https?:\/\//.test(href)) return href;
  const [file, id] = href.split('#');
  const page = file === '' ? path : pathOf(posix.normalize(posix.join(posix.dirname(path || 'README'), file)));
  const found = pages.get(page);
  if (found === undefined || (id !== undefined && found.headings.every((heading) => heading.id !== id)))
    problems.push(`docs/${path || 'README'}.md: ${href}`);
  return `${page === '' ? '/docs' : `/docs/${page}`}${id === undefined ? '' : `#${id}`}`;
}

/** For Vite. */
export const docsPages = {
  name: 'weir-docs',
  resolveId: (id) => (id.startsWith(NAME) ? `\0${id}` : null),
  load(id) {
    if (!id.startsWith(`\0${NAME}`)) return null;
    const pages = readDocs();
    const part = id.slice(NAME.length + 1);
    if (part !== '') return given(pages.find(({ path }) => `/page/${path || 'README'}` === part).tree);
    const list = pages.map(({ path, title }) => ({ path, title }));
    const loads = pages.map(({ path }) => `${JSON.stringify(path)}: () => import('${NAME}/page/${path || 'README'}')`);
    return `export const pages = ${JSON.stringify(list)};\nexport const load = { ${loads.join(',\n')} };`;
  },
};

/** Text is read many times faster than the same as a program. */
const given = (value) => `export default JSON.parse(${JSON.stringify(JSON.stringify(value))});`;
