import { shippedNames } from '../shipped.ts';
import { compileScheme, type Scheme } from './scheme.ts';

/** The scheme of that name that comes with Weir, or the names of those that do. */
export function namedScheme(name: string): Scheme | readonly string[] {
  const { categories, services } = shippedNames();
  const file = Object.hasOwn(categories, name) ? categories[name] : undefined;
  return file ? compileScheme(file, services) : Object.keys(categories);
}
