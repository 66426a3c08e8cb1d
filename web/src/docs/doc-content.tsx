import type { DocNode } from 'virtual:weir-docs';
import { createElement, type MouseEvent, type ReactNode } from 'react';

/** Elements of a page that are drawn as they are; what is no element of this list is left out. */
const TAGS = new Set('h1 h2 h3 h4 p ul ol li blockquote strong em code br hr thead tbody tr th td'.split(' '));

/** A page of the documentation. Links within it stay in the dashboard. */
export function DocContent({ tree, goTo }: { tree: readonly DocNode[]; goTo: (href: string) => void }) {
  const onClick = (event: MouseEvent<HTMLElement>) => {
    const href = (event.target as HTMLElement).closest('a')?.getAttribute('href');
    if (!href?.startsWith('/docs') || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goTo(href);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link is a click
    <article className="doc" onClick={onClick}>
      {tree.map(drawn)}
    </article>
  );
}

function drawn(node: DocNode, at: number): ReactNode {
  if (typeof node === 'string') return node;
  const [tag, properties, ...children] = node;
  switch (tag) {
    case 'pre':
      // Long lines scroll within it, by keys too.
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <pre key={at} tabIndex={0}>
          {children.map(drawn)}
        </pre>
      );
    case 'table':
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <div key={at} className="doc-table" tabIndex={0}>
          <table>{children.map(drawn)}</table>
        </div>
      );
    case 'img':
      return <em key={at}>{properties.alt}</em>;
    case 'a':
      return <Link key={at} href={properties.href ?? ''} inner={children.map(drawn)} />;
    default:
      return TAGS.has(tag) ? createElement(tag, { key: at, id: properties.id }, ...children.map(drawn)) : null;
  }
}

function Link({ href, inner }: { href: string; inner: ReactNode }) {
  if (href.startsWith('/docs')) return <a href={href}>{inner}</a>;
  if (!/^https?:/.test(href)) return inner;
  return (
    <a href={href} target="_blank" rel="noreferrer">
      {inner}
    </a>
  );
}
