/** Made of docs/ by scripts/docs-pages.mjs when the dashboard is built. */
declare module 'virtual:weir-docs' {
  /** Text, or an element: its tag, its properties, what is in it. */
  type DocNode = string | readonly [tag: string, properties: Readonly<Record<string, string>>, ...children: DocNode[]];
  export const pages: readonly { readonly path: string; readonly title: string }[];
  export const load: Readonly<Record<string, (() => Promise<{ readonly default: readonly DocNode[] }>) | undefined>>;
}
