import type { Series } from './dashboard.ts';
import { formatValue, sizeOf } from './units.ts';

export const COLOURS = [
  '#73bf69',
  '#f2cc0c',
  '#5794f2',
  '#ff9830',
  '#f2495c',
  '#b877d9',
  '#8ab8ff',
  '#ffa6b0',
  '#c8f2c2',
  '#fade2a',
];
const LEFT = 62;
const BOTTOM = 20;
const TICKS = 4;

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly fromS: number;
  readonly toS: number;
}

const clock = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 19);

/** The next of 1, 2, 2.5, 5 and 10 times a power of ten, in the size that the unit is written in there. */
function roundUp(value: number, unit: string): number {
  if (value <= 0) return 1;
  const size = sizeOf(value, unit);
  return size * roundUpPlain(value / size);
}

function roundUpPlain(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value * (1 - 1e-9)) ?? 10) * power;
}

const grid = ({ width, height, fromS, toS }: Frame, labels: readonly string[]): string => {
  const rows = labels.map((label, i) => {
    const y = (height - BOTTOM) * (1 - i / (labels.length - 1)) * 0.94 + (height - BOTTOM) * 0.06;
    return `<line x1="${LEFT}" x2="${width}" y1="${y}" y2="${y}" class="grid"/><text x="${LEFT - 6}" y="${y + 4}" text-anchor="end">${escapeHtml(label)}</text>`;
  });
  const columns = [0.02, 0.27, 0.52, 0.77].map((share) => {
    const x = LEFT + (width - LEFT) * share;
    return `<text x="${x}" y="${height - 4}">${clock(fromS + (toS - fromS) * share)}</text>`;
  });
  return [...rows, ...columns].join('');
};

/** Lines over time; stacked, they are areas upon one another. A gap of more than three steps is a gap in the line. */
export function drawLines(
  series: readonly Series[],
  options: Frame & { readonly unit: string; readonly stacked: boolean; readonly stepS: number },
): string {
  const { width, height, fromS, toS, unit, stacked, stepS } = options;
  const below = new Map<number, number>();
  const layers = series.map(({ points }) =>
    points.map(([at, value]) => {
      const base = stacked ? (below.get(at) ?? 0) : 0;
      if (stacked) below.set(at, base + value);
      return { at, base, top: base + value };
    }),
  );
  const top = roundUp(Math.max(0, ...layers.flat().map((point) => point.top)), unit);
  const x = (at: number): number => LEFT + ((at - fromS) / (toS - fromS)) * (width - LEFT);
  const y = (value: number): number => (height - BOTTOM) * (1 - (value / top) * 0.94);
  const place = (at: number, value: number): string => `${x(at).toFixed(1)},${y(value).toFixed(1)}`;
  const lines = layers.map((points, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const runs = points.reduce<(typeof points)[]>((all, point) => {
      const last = all.at(-1);
      if (last === undefined || point.at - (last.at(-1)?.at ?? 0) > 3 * stepS) all.push([point]);
      else last.push(point);
      return all;
    }, []);
    return runs
      .map((run) => {
        const line = run.map((point) => place(point.at, point.top)).join(' ');
        const back = run.toReversed().map((point) => place(point.at, point.base));
        const area = stacked ? `<polygon points="${line} ${back.join(' ')}" fill="${colour}" fill-opacity="0.3"/>` : '';
        return `${area}<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
      })
      .join('');
  });
  const labels = Array.from({ length: TICKS + 1 }, (_, i) => formatValue((top * i) / TICKS, unit));
  return `<svg width="${width}" height="${height}" overflow="visible">${grid(options, labels)}${lines.join('')}</svg>`;
}

const boundOf = ({ labels }: Series): number =>
  labels.le === undefined || labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);

/** Cumulative buckets (label `le`) over time as cells, the darker the more. */
export function drawHeatmap(
  series: readonly Series[],
  options: Frame & { readonly unit: string; readonly stepS: number },
): string {
  const { width, height, fromS, toS, unit, stepS } = options;
  const sorted = series.toSorted((a, b) => boundOf(a) - boundOf(b));
  const counts = sorted.map(({ points }, i) => {
    const under = new Map(sorted[i - 1]?.points ?? []);
    return points.map(([at, value]) => [at, value - (under.get(at) ?? 0)] as const);
  });
  const most = Math.max(1e-9, ...counts.flat().map(([, count]) => count));
  const used = sorted.map((one, i) => ({ le: boundOf(one), cells: counts[i] ?? [] }));
  const first = used.findIndex(({ cells }) => cells.some(([, count]) => count > 0));
  const last = used.findLastIndex(({ cells }) => cells.some(([, count]) => count > 0));
  const shown = used.slice(Math.max(0, first - 1), last + 2);
  const high = (height - BOTTOM) / Math.max(1, shown.length);
  const wide = Math.max(1, ((width - LEFT) * stepS) / (toS - fromS));
  const cells = shown.flatMap(({ le, cells: row }, i) => {
    const y = height - BOTTOM - (i + 1) * high;
    const label = Number.isFinite(le) ? formatValue(le, unit) : '+Inf';
    return [
      `<text x="${LEFT - 6}" y="${y + high / 2 + 4}" text-anchor="end">${label}</text>`,
      ...row
        .filter(([, count]) => count > most / 100)
        .map(([at, count]) => {
          const x = LEFT + ((at - fromS) / (toS - fromS)) * (width - LEFT);
          return `<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${(wide + 0.5).toFixed(1)}" height="${(high - 1).toFixed(1)}" fill="#ff9830" fill-opacity="${(0.15 + (0.85 * count) / most).toFixed(2)}"/>`;
        }),
    ];
  });
  const times = [0.02, 0.27, 0.52, 0.77].map(
    (share) =>
      `<text x="${LEFT + (width - LEFT) * share}" y="${height - 4}">${clock(fromS + (toS - fromS) * share)}</text>`,
  );
  return `<svg width="${width}" height="${height}">${cells.join('')}${times.join('')}</svg>`;
}
