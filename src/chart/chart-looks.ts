/** What all charts have alike. */

/** The name of what is in no group that is shown. */
export const OTHERS = 'all others';
export const NOT_KNOWN = 'not known';

/** How a chart says values and groups. */
export interface ShownText {
  readonly format: (value: number) => string;
  readonly nameOf: (group: readonly string[]) => string;
  /** What a group has its colour by: of several dimensions the one that has colours. */
  readonly colourName: (group: readonly string[]) => string;
}

export function chartColours(isDark: boolean): { readonly ink: string; readonly line: string } {
  return isDark ? { ink: '#c1c2c5', line: '#373a40' } : { ink: '#495057', line: '#e9ecef' };
}

export function legendOf(isDark: boolean): object {
  const { ink } = chartColours(isDark);
  return {
    ...{ type: 'scroll', top: 4, left: 8, right: 8, itemWidth: 10, itemHeight: 10, icon: 'roundRect' },
    textStyle: { color: ink, fontSize: 12 },
    pageTextStyle: { color: ink },
    pageIconColor: ink,
  };
}

export function tooltipOf(isDark: boolean, text: (value: number | null) => string): object {
  return {
    ...{ trigger: 'axis', renderMode: 'richText', confine: true, order: 'valueDesc' },
    backgroundColor: isDark ? '#25262b' : '#ffffff',
    borderColor: chartColours(isDark).line,
    textStyle: { color: isDark ? '#e9ecef' : '#212529', fontSize: 12 },
    valueFormatter: (value: unknown) =>
      text(value === null || value === undefined || value === '-' ? null : Number(value)),
  };
}
