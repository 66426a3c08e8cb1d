/** What is wanted of a record, as a tree of keys. */
export interface WantedPaths {
  /** The number of the path that ends here; -1 where none does. */
  readonly slot: number;
  readonly keys: readonly WantedKey[];
}

interface WantedKey {
  readonly key: Uint8Array;
  readonly inside: WantedPaths;
}

/** The tree of paths such as `country.iso_code`; the number of a path is its place in the list. */
export function wantedPaths(paths: readonly string[]): WantedPaths {
  return treeOf(paths.map((path, slot) => ({ keys: path.split('.'), slot })));
}

function treeOf(paths: readonly { readonly keys: readonly string[]; readonly slot: number }[]): WantedPaths {
  const first = [...new Set(paths.flatMap(({ keys }) => keys.slice(0, 1)))];
  return {
    slot: paths.find(({ keys }) => keys.length === 0)?.slot ?? -1,
    keys: first.map((key) => ({
      key: Buffer.from(key),
      inside: treeOf(
        paths.filter(({ keys }) => keys[0] === key).map(({ keys, slot }) => ({ keys: keys.slice(1), slot })),
      ),
    })),
  };
}
