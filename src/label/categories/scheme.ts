/** A category scheme as its file has it. */
export interface SchemeFile {
  readonly name: string;
  /** Of what is known and stands in no category; absent: that has none. */
  readonly other?: string;
  /** Of what neither application nor service is known; absent: that has none. */
  readonly unknown?: string;
  /** Services that stand in no list have the category that comes with them. */
  readonly service_categories?: boolean;
  readonly categories: Readonly<Record<string, SchemeLists>>;
}

interface SchemeLists {
  readonly applications?: readonly string[];
  readonly services?: readonly string[];
}

/** Which category a name is in. */
export interface Scheme {
  readonly name: string;
  readonly other: string;
  readonly unknown: string;
  readonly ofApplication: ReadonlyMap<string, string>;
  readonly ofService: ReadonlyMap<string, string>;
}

/** Categories of services beside those of the scheme itself; the scheme's come first. */
export function compileScheme(
  file: SchemeFile,
  services: Readonly<Record<string, { readonly category?: string | undefined }>>,
): Scheme {
  const ofApplication = new Map<string, string>();
  const ofService = new Map<string, string>();
  if (file.service_categories)
    for (const [service, { category }] of Object.entries(services)) if (category) ofService.set(service, category);
  for (const [category, lists] of Object.entries(file.categories)) {
    for (const application of lists.applications ?? []) ofApplication.set(application, category);
    for (const service of lists.services ?? []) ofService.set(service, category);
  }
  return { name: file.name, other: file.other ?? '', unknown: file.unknown ?? '', ofApplication, ofService };
}

/** That of the service, else that of the application, else what the scheme calls the rest, or what is not known. */
export function categoryOf(scheme: Scheme, application: string, service: string): string {
  return (
    scheme.ofService.get(service) ??
    scheme.ofApplication.get(application) ??
    (application === '' && service === '' ? scheme.unknown : scheme.other)
  );
}

/** Every category that a flow can have. */
export function categoriesOf({ other, unknown, ofApplication, ofService }: Scheme): string[] {
  return [...new Set([...ofApplication.values(), ...ofService.values(), other, unknown])].filter((name) => name !== '');
}
