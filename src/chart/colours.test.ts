import { describe, expect, it } from 'vitest';
import { CATEGORIES, colourOf, coloursOf } from './colours.ts';

/** WCAG 2.1, relative luminance. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255) as [
    number,
    number,
    number,
  ];
  const linear = (c: number) => (c <= 0.040_45 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

describe('colours', () => {
  it.each(Object.entries(CATEGORIES))(
    '%s can be told from the ground in both schemes (WCAG 1.4.11)',
    (_, [light, dark]) => {
      expect(contrast(light, '#ffffff')).toBeGreaterThanOrEqual(3);
      expect(contrast(dark, '#242424')).toBeGreaterThanOrEqual(3);
    },
  );

  it('of names side by side are different, and those of categories their own', () => {
    const names = ['Web', ...Array.from({ length: 20 }, (_, i) => `application ${i}`)];
    const colours = coloursOf(names, false);
    expect(colours.get('Web')).toBe(colourOf('Web', false));
    const others = names.slice(1).map((name) => colours.get(name));
    expect(new Set(others).size).toBe(others.length);
    expect(coloursOf([...names].reverse(), false)).toEqual(colours);
  });

  it('do not run out', () => {
    const colours = coloursOf(
      Array.from({ length: 500 }, (_, i) => `10.0.0.${i}`),
      true,
    );
    expect([...colours.values()].every((colour) => /^#[0-9a-f]{6}$/.test(colour))).toBe(true);
  });
});
