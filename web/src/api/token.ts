/** The token of this node, where it wants one: for this tab alone, and gone with it. */
const KEY = 'weir-token';

export function tokenHeader(): Record<string, string> {
  const token = sessionStorage.getItem(KEY);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

export function keepToken(token: string): void {
  sessionStorage.setItem(KEY, token);
}
