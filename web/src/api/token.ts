/** The token of this node, where it wants one: for this tab alone, and gone with it. */
const KEY = 'weir-token';

export function tokenHeader(): Record<string, string> {
  const token = sessionStorage.getItem(KEY);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

export function hasToken(): boolean {
  return sessionStorage.getItem(KEY) !== null;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
}

/** The number of the session, which shows the node that a page of its own asks; the cookie itself is out of reach of scripts. */
let csrf: string | undefined;

export function keepCsrf(of: string | undefined): void {
  csrf = of;
}

export function csrfHeader(): Record<string, string> {
  return csrf === undefined ? {} : { 'x-weir-csrf': csrf };
}
