import { COLOURS, drawHeatmap, drawLines, escapeHtml } from './chart.ts';
import type { Panel, Series } from './dashboard.ts';
import { formatValue } from './units.ts';

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly fromS: number;
  readonly toS: number;
  readonly stepS: number;
}

const lastOf = ({ points }: Series): number => points.at(-1)?.[1] ?? Number.NaN;
const HIDDEN = new Set(['__name__', 'instance', 'job']);
const MOST_ROWS = 5;
const LEGEND_PX = 17;

/** A panel as HTML. @throws for a type of panel that no dashboard has had so far */
export function renderPanel(panel: Panel, series: readonly Series[], drawing: Drawing): string {
  const head = `<h2>${escapeHtml(panel.title)}</h2>`;
  if (series.length === 0) return `${head}<p class="none">No data${reasonOf(panel)}</p>`;
  return head + bodyOf(panel, series, { ...drawing, height: drawing.height - 26 });
}

const reasonOf = ({ description = '' }: Panel): string =>
  description.startsWith('Empty ') ? `<br>${escapeHtml(description)}` : '';

function bodyOf(panel: Panel, series: readonly Series[], drawing: Drawing): string {
  const { unit, custom } = panel.fieldConfig.defaults;
  switch (panel.type) {
    case 'stat':
      return `<p class="stat">${formatValue(lastOf(series[0] as Series), unit)}</p>`;
    case 'table': {
      const columns = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))];
      const rows = series.map(
        ({ labels }) => `<tr>${columns.map((name) => `<td>${escapeHtml(labels[name] ?? '')}</td>`).join('')}</tr>`,
      );
      return `<table><tr>${columns.map((name) => `<th>${name}</th>`).join('')}</tr>${rows.join('')}</table>`;
    }
    case 'bargauge': {
      const most = Math.max(1, ...series.map(lastOf));
      return series
        .map((one, i) => {
          const share = (100 * lastOf(one)) / most;
          return `<div class="bar"><span>${escapeHtml(one.name)}</span><i style="width:${share * 0.6}%;background:${COLOURS[i % COLOURS.length]}"></i><b>${formatValue(lastOf(one), unit)}</b></div>`;
        })
        .join('');
    }
    case 'heatmap':
      return drawHeatmap(series, { ...drawing, unit });
    case 'timeseries': {
      const rows = Math.min(MOST_ROWS, Math.ceil(series.length / 2));
      const height = drawing.height - rows * LEGEND_PX - 4;
      return (
        drawLines(series, { ...drawing, height, unit, stacked: custom?.stacking?.mode === 'normal' }) +
        legend(series, unit)
      );
    }
    default:
      throw new Error(`no way to draw a panel of the type "${panel.type}"`);
  }
}

function legend(series: readonly Series[], unit: string): string {
  const shown = series.slice(0, series.length > MOST_ROWS * 2 ? MOST_ROWS * 2 - 1 : MOST_ROWS * 2);
  const entries = shown.map((one, i) => {
    const labels = Object.entries(one.labels).filter(([name]) => !HIDDEN.has(name));
    const name = one.name.trim() || labels.map(([, value]) => value).join(' ') || 'value';
    return `<li><i style="background:${COLOURS[i % COLOURS.length]}"></i>${escapeHtml(name)} <b>${formatValue(lastOf(one), unit)}</b></li>`;
  });
  const more = series.length - shown.length;
  return `<ul>${entries.join('')}${more > 0 ? `<li>and ${more} more</li>` : ''}</ul>`;
}
