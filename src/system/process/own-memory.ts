import { readFileSync } from 'node:fs';

/**
 * Bytes of memory that this process alone has (RssAnon of proc(5), since Linux 4.5): without what lies in files, such as the text of Node, which programs share.
 * Elsewhere all that is resident.
 */
export function ownMemoryBytes(): number {
  try {
    const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    return kilobytes === undefined ? process.memoryUsage.rss() : Number(kilobytes) * 1_024;
  } catch {
    return process.memoryUsage.rss();
  }
}
