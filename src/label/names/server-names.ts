/** The service whose domain is the longest suffix of a host name, or ''. */
export function serviceOfName(serviceByDomain: ReadonlyMap<string, string>, name: string): string {
  return serviceByDomain.get(domainOfName(serviceByDomain, name)) ?? '';
}

/** The longest suffix of a host name that is a domain of a service, or ''. */
export function domainOfName(serviceByDomain: ReadonlyMap<string, string>, name: string): string {
  let suffix = name.toLowerCase();
  if (suffix.endsWith('.')) suffix = suffix.slice(0, -1);
  for (;;) {
    if (serviceByDomain.has(suffix)) return suffix;
    const dot = suffix.indexOf('.');
    if (dot < 0) return '';
    suffix = suffix.slice(dot + 1);
  }
}
