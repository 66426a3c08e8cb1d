/** Gives a file to the browser to be saved. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A name that says what is in a file: `weir-bps-by-application-20261121T0900Z-20261122T0900Z`. */
export function fileName(what: string, { from, to }: { readonly from: number; readonly to: number }): string {
  const clock = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace(/[-:]/g, '')}Z`;
  return `weir-${what.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${clock(from)}-${clock(to)}`;
}
