/** Path below the data directory of a segment of the manifest. */
export function segmentPath({ file }: { readonly file: string }): string {
  return `segments/${file}`;
}

/** Path below the data directory of a roll-up of the manifest. */
export function rollupPath({ file }: { readonly file: string }): string {
  return `rollups/${file}`;
}
