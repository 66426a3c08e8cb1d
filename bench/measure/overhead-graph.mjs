// The overhead of meters over the rate of packets as a drawing (SVG): rates on a logarithmic scale, CPU of one processor.
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [720, 420, 60, 60, 40, 120];
const COLOURS = ['#1b6ca8', '#b3541e', '#2e7d32', '#6a1b9a'];

/** `found`: one point for each meter and rate, `{name, actual, percent}`. */
export function overheadGraph(found, caption) {
  const rates = [...new Set(found.map((r) => r.rate))].sort((a, b) => a - b);
  const names = [...new Set(found.map((r) => r.name))];
  const [low, high] = [Math.log(rates[0]), Math.log(rates.at(-1))];
  const x = (rate) => LEFT + ((Math.log(rate) - low) / (high - low || 1)) * (WIDTH - LEFT - RIGHT);
  const most = Math.max(...found.map((r) => r.percent));
  const step = [0.5, 1, 2, 5, 10, 20].find((s) => s * 6 >= most) ?? 50;
  const steps = Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => i * step);
  const y = (percent) => HEIGHT - BOTTOM - (percent / steps.at(-1)) * (HEIGHT - BOTTOM - TOP);
  const text = (at, up, words, more = '') => `<text x="${at.toFixed(1)}" y="${up.toFixed(1)}" ${more}>${words}</text>`;
  const line = (x1, y1, x2, y2) =>
    `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#ccc"/>`;
  const grid = [
    ...steps.flatMap((p) => [
      line(LEFT, y(p), WIDTH - RIGHT, y(p)),
      text(LEFT - 8, y(p) + 4, `${p} %`, 'text-anchor="end"'),
    ]),
    ...rates.flatMap((r) => [
      line(x(r), TOP, x(r), HEIGHT - BOTTOM),
      text(x(r), HEIGHT - BOTTOM + 18, `${r / 1000}k`, 'text-anchor="middle"'),
    ]),
  ];
  const curves = names.flatMap((name, i) => {
    const points = found.filter((r) => r.name === name);
    const path = points.map((p) => `${x(p.rate).toFixed(1)},${y(p.percent).toFixed(1)}`).join(' ');
    const last = points.at(-1);
    return [
      `<polyline points="${path}" fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="2"/>`,
      ...points.map(
        (p) =>
          `<circle cx="${x(p.rate).toFixed(1)}" cy="${y(p.percent).toFixed(1)}" r="3" fill="${COLOURS[i % COLOURS.length]}"/>`,
      ),
      text(WIDTH - RIGHT + 10, y(last.percent) + 4, name, `fill="${COLOURS[i % COLOURS.length]}"`),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${text(LEFT, 20, 'CPU of the meter (one processor) over packets a second', 'font-size="14"')}
${[...grid, ...curves].join('\n')}
${text(LEFT, HEIGHT - 12, caption, 'fill="#666" font-size="10"')}
</svg>
`;
}
