/**
 * `nginx.service` is nginx. Desktops name units app[-LAUNCHER]-ID[-RANDOM].scope or app[-LAUNCHER]-ID[@RANDOM].service
 * (systemd.io/DESKTOP_ENVIRONMENTS); the identifier has its own dashes escaped.
 */
export function readableUnit(name: string): string {
  const scope = name.endsWith('.scope');
  const bare = name.replace(/\.(?:service|scope)$/, '');
  if (!bare.startsWith('app-')) return unescapeUnit(bare);
  const parts = bare.slice(4).split('@', 1)[0]!.split('-');
  if (scope && parts.length > 1) parts.pop();
  return unescapeUnit(parts.at(-1)!);
}

/** systemd.unit(5): \x2d for a dash. */
export function unescapeUnit(name: string): string {
  return name.replace(/\\x([0-9a-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
