import { createRequire } from 'node:module';
import { BarChart, HeatmapChart, LineChart, SankeyChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkAreaComponent, VisualMapContinuousComponent } from 'echarts/components';
import { type EChartsCoreOption, init, setPlatformAPI, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { WeirError } from '../../base/index.ts';
import { drawnGraph } from '../../chart/index.ts';
import { broken, FONTS, LINE, MARGIN, printable, SIZE, type TextLine, textLines } from './picture-layout.ts';
import type { PictureOrder } from './picture-order.ts';
import { textWidth } from './text-width.ts';

/** Below this the words are more than the picture. */
const LEAST_CHART_HEIGHT = 60;
/** PNG has twice the pixels: text stays sharp on the screens of today. */
const PNG_SCALE = 2;
const require = createRequire(import.meta.url);

/** As SVG 1.1 text or as PNG. WeirError `usage` where the height has no room for the chart, `unsupported` where this platform draws no PNG. */
export async function drawPicture(order: PictureOrder): Promise<string | Uint8Array> {
  const svg = svgOf(order);
  return order.format === 'svg' ? svg : pngOf(svg, order.width);
}

function svgOf({ title, graph, from, to, filter, worth, width, height, isDark, isUtc }: PictureOrder): string {
  const timeZone = isUtc ? 'UTC' : new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { option, shows, note, isEmpty } = drawnGraph(graph, { isDark, timeZone });
  const { paper, ink, faint } = isDark
    ? { paper: '#1a1b1e', ink: '#e9ecef', faint: '#c1c2c5' }
    : { paper: '#ffffff', ink: '#212529', faint: '#495057' };
  const inner = width - 2 * MARGIN;
  const lines = (text: string) => broken(text, inner).map((line): TextLine => ({ text: line }));
  const head = [
    ...broken(title, inner).map((text) => ({ text, isBold: true })),
    ...lines(`${shows}, ${rangeText(from, to, timeZone)}`),
    ...(filter === '' ? [] : lines(`Only: ${filter}`)),
  ];
  const foot = [...(note === null ? [] : [note]), ...worth].flatMap(lines);
  const top = MARGIN + head.length * LINE;
  const below = foot.length * LINE + MARGIN;
  const chartHeight = height - top - below - LINE / 2;
  if (chartHeight < LEAST_CHART_HEIGHT)
    throw new WeirError(
      'usage',
      `height: ${height} leaves no room below the words of this graph: ask for ${Math.ceil(height - chartHeight + LEAST_CHART_HEIGHT)} or more`,
    );
  const chart = isEmpty
    ? textLines([{ text: 'Nothing matches in this range.' }], top + chartHeight / 2, ink)
    : `<g transform="translate(0 ${top})">${chartSvg(option, width, chartHeight, isUtc)}</g>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<rect width="${width}" height="${height}" fill="${paper}"/>`,
    ...[textLines(head, MARGIN, ink), chart, textLines(foot, height - below, faint)],
    '</svg>',
  ].join('');
}

function rangeText(from: number, to: number, timeZone: string): string {
  const clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone });
  return `${clock.format(from)} to ${clock.format(to)} (${timeZone})`;
}

let isReady = false;

function chartSvg(option: EChartsCoreOption, width: number, height: number, isUtc: boolean): string {
  if (!isReady) {
    use([BarChart, HeatmapChart, LineChart, SankeyChart, SVGRenderer]);
    use([GridComponent, LegendComponent, MarkAreaComponent, VisualMapContinuousComponent]);
    setPlatformAPI({
      measureText: (text, font = '') => ({ width: textWidth(text, Number(/(\d+)px/.exec(font)?.[1] ?? SIZE)) }),
    });
    isReady = true;
  }
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    // Nothing is under a pointer here.
    const { tooltip: _, brush: __, ...still } = option;
    chart.setOption({
      ...still,
      ...wholeLegend(option, width),
      animation: false,
      useUTC: isUtc,
      textStyle: { fontFamily: FONTS },
    });
    return printable(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** What a legend has beside a name: its colour, and room around both. */
const BESIDE_NAME = 26;
const LEGEND_LINE = 20;

/** All names of a legend, on as many lines as they need: nobody can leaf through it. */
function wholeLegend(option: EChartsCoreOption, width: number): EChartsCoreOption {
  const legend = option.legend as object | undefined;
  if (legend === undefined) return {};
  const names = new Set((option.series as { name: string }[]).map(({ name }) => name));
  let [lines, x] = [1, 0];
  for (const name of names) {
    const wide = textWidth(name, SIZE) + BESIDE_NAME;
    if (x > 0 && x + wide > width - 2 * MARGIN) [lines, x] = [lines + 1, 0];
    x += wide;
  }
  const grid = option.grid as { top: number };
  return {
    legend: { ...legend, type: 'plain', itemGap: 8 },
    grid: { ...grid, top: grid.top + (lines - 1) * LEGEND_LINE },
  };
}

/** With a font of our own: a server has none. */
async function pngOf(svg: string, width: number): Promise<Uint8Array> {
  const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((f) => require.resolve(`dejavu-fonts-ttf/ttf/${f}`));
  const { Resvg } = await import('@resvg/resvg-js').catch((error: Error) => {
    throw new WeirError('unsupported', `PNG cannot be drawn on this machine, SVG can: ${error.message}`);
  });
  const font = { loadSystemFonts: false, fontFiles, defaultFontFamily: 'DejaVu Sans' };
  return new Resvg(svg, { font, fitTo: { mode: 'width', value: width * PNG_SCALE } }).render().asPng();
}
