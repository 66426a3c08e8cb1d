import { type Announced, type Finding, found, SECURITY } from './finding.ts';

/** As `found`; payloads to come are looked at as well. */
export function foundAndWatch(out: Finding, application: number): true {
  out.watch = true;
  return found(out, application);
}

/** The payload is this application's, and shows a secret of a log-in to everybody who listens. */
export function foundClearLogin(out: Finding, application: number): true {
  out.security = SECURITY.clearLogin;
  return found(out, application);
}

/** May be this application's: the other side, or the next payload, must say the same. */
export function maybe(out: Finding, application: number): false {
  out.candidate = application;
  return false;
}

/** May be told when more bytes of this side are here. */
export function wantsMore(out: Finding): false {
  out.more = true;
  return false;
}

/** The next announcement to be filled, its address all zeros; undefined where there is no room. */
export function announce(out: Finding, protocol: number, port: number, application: number): Announced | undefined {
  if (out.announced === out.announcements.length || port < 1 || port > 65535) return undefined;
  const next = out.announcements[out.announced++]!;
  next.protocol = protocol;
  next.port = port;
  next.application = application;
  next.address.fill(0);
  return next;
}

/** The address of an announcement becomes `words`. */
export function announceAt(next: Announced | undefined, words: Uint32Array): void {
  if (next) for (let i = 0; i < 4; i++) next.address[i] = words[i]!;
}

/** The address of an announcement becomes this one of IPv4. */
export function announceAt4(next: Announced | undefined, word: number): void {
  if (!next) return;
  next.address[2] = 0xffff;
  next.address[3] = word;
}
