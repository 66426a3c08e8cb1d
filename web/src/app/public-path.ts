/** Whether it is a page for people without an account, which asks for nothing but what was published. */
export function isPublic(pathname: string): boolean {
  return pathname.startsWith('/p/');
}
