import fs from 'node:fs';
import path from 'node:path';
import { runToEnd } from '../../test/support/child-process.ts';
import { throwAwayFolder } from '../../test/support/temporary-folder.ts';
import { escapeHtml } from './chart.ts';
import { type Dashboard, legendOf, type Panel, type Series } from './dashboard.ts';
import { renderPanel } from './render-panel.ts';

const COLUMN_PX = 46;
const ROW_PX = 26;
const GAP_PX = 6;
const HEAD_PX = 40;
const STEPS = 240;
const STYLE = `body{margin:0;background:#111217;color:#ccccdc;font:12px 'DejaVu Sans',sans-serif;position:relative}
h1{font-size:15px;margin:0;padding:11px 10px;font-weight:600} h1 small{color:#8e8e99;font-weight:400;margin-left:14px}
section{position:absolute;background:#181b1f;border:1px solid #2c3235;box-sizing:border-box;overflow:hidden;padding:5px 8px}
h2{font-size:12px;font-weight:600;margin:0 0 5px} text{fill:#9a9aa6;font-size:10px} .grid{stroke:#2c3235} svg{margin-top:4px}
ul{list-style:none;margin:3px 0 0;padding:0;display:grid;grid-template-columns:1fr 1fr} li{white-space:nowrap;overflow:hidden;font-size:11px;line-height:17px}
li i{display:inline-block;width:10px;height:3px;margin-right:5px;vertical-align:middle} b{font-weight:400;color:#8e8e99;margin-left:3px}
.stat{font-size:44px;margin:40px 0;text-align:center;color:#73bf69} .none{color:#8e8e99;text-align:center;margin-top:50px;line-height:20px}
table{border-collapse:collapse;width:100%;font-size:11px} th,td{text-align:left;padding:4px 6px;border-bottom:1px solid #2c3235} th{color:#8ab8ff;font-weight:400}
.bar{display:flex;align-items:center;height:22px} .bar span{width:110px} .bar i{height:14px;min-width:2px}`;

export interface Source {
  /** Of a Prometheus. */
  readonly address: string;
  readonly fromS: number;
  readonly toS: number;
  readonly rateInterval: string;
  /** The variables of the dashboard: regular expressions. */
  readonly project: string;
  readonly rollout: string;
}

/**
 * Draws the panels of a dashboard, with the answers that a Prometheus has to their queries, as a PNG file.
 * @throws where a query is refused, or a panel cannot be drawn
 */
export async function drawDashboard(dashboard: Dashboard, source: Source, file: string): Promise<void> {
  const sections: string[] = [];
  for (const panel of dashboard.panels) {
    const { x, y, w, h } = panel.gridPos;
    const [width, height] = [w * COLUMN_PX - GAP_PX, h * ROW_PX - GAP_PX];
    const drawn = renderPanel(panel, await seriesOf(panel, source), {
      width: width - 18,
      height: height - 16,
      fromS: source.fromS,
      toS: source.toS,
      stepS: stepOf(source),
    });
    sections.push(
      `<section style="left:${x * COLUMN_PX + GAP_PX}px;top:${y * ROW_PX + HEAD_PX}px;width:${width}px;height:${height}px">${drawn}</section>`,
    );
  }
  const rows = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const [width, height] = [24 * COLUMN_PX + GAP_PX, rows * ROW_PX + HEAD_PX + GAP_PX];
  const said = 'panels and queries of the dashboard file, drawn by npm run pictures: not Grafana itself';
  const html = `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><h1>${escapeHtml(dashboard.title)}<small>${said}</small></h1>${sections.join('')}`;
  photograph(html, { width, height }, file);
}

const stepOf = ({ fromS, toS }: Source): number => Math.max(0.5, (toS - fromS) / STEPS);

async function seriesOf(panel: Panel, source: Source): Promise<readonly Series[]> {
  const found = await Promise.all(
    panel.targets.map(async ({ expr, legendFormat, instant }) => {
      const query = Object.entries({
        project: source.project,
        env: '.*',
        rollout: source.rollout,
        __rate_interval: source.rateInterval,
        __interval: source.rateInterval,
      }).reduce((text, [name, value]) => text.replaceAll(`$${name}`, value), expr);
      const asked = new URLSearchParams({
        query,
        start: String(instant === true ? source.toS : source.fromS),
        end: String(source.toS),
        step: String(stepOf(source)),
      });
      const response = await fetch(`${source.address}/api/v1/query_range?${asked}`);
      const text = await response.text();
      if (!response.ok) throw new Error(`${panel.title}: ${text}`);
      const { data } = JSON.parse(text) as {
        readonly data: {
          readonly result: readonly {
            readonly metric: Readonly<Record<string, string>>;
            readonly values: readonly (readonly [number, string])[];
          }[];
        };
      };
      return data.result.map(({ metric, values }) => ({
        labels: metric,
        name: legendOf(legendFormat, metric),
        points: values.map(([at, value]) => [at, Number(value)] as const).filter(([, value]) => Number.isFinite(value)),
      }));
    }),
  );
  const all = found.flat().filter(({ points }) => points.length > 0);
  return all.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** Chromium of the system, without a window. */
function photograph(html: string, size: { readonly width: number; readonly height: number }, file: string): void {
  const folder = throwAwayFolder('picture');
  const page = path.join(folder, 'page.html');
  fs.writeFileSync(page, html);
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-sync',
  ];
  runToEnd('chromium', [
    '--headless',
    '--no-sandbox',
    ...quiet,
    '--disable-component-update',
    '--hide-scrollbars',
    `--user-data-dir=${path.join(folder, 'profile')}`,
    `--window-size=${size.width},${size.height}`,
    `--screenshot=${file}`,
    `file://${page}`,
  ]);
}
