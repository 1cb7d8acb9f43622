/**
 * `npm run pictures`: draws each dashboard of deploy/grafana with what a real Prometheus answers that scraped a real daemon, into
 * docs/pictures/. It takes two minutes, Prometheus and Chromium. Grafana itself is not in it: panels and queries are the files' own, the
 * drawing is ours.
 */
import fs from 'node:fs';
import path from 'node:path';
import { drawDashboard } from './pictures/draw-dashboard.ts';
import { withWatchedDemo } from './pictures/watched-demo.ts';

const root = path.resolve(import.meta.dirname, '..');
const [from, to] = [path.join(root, 'deploy/grafana/dashboards'), path.join(root, 'docs/pictures')];
fs.mkdirSync(to, { recursive: true });

await withWatchedDemo(async ({ address, fromS, rollout }) => {
  const all = { address, fromS, toS: Date.now() / 1000, rateInterval: '10s', project: '.*', rollout: '.*' };
  for (const name of fs.readdirSync(from)) {
    const file = path.join(to, name.replace('.json', '.png'));
    const source = name === 'rollout.json' ? { ...all, rollout } : all;
    await drawDashboard(JSON.parse(fs.readFileSync(path.join(from, name), 'utf8')), source, file);
    console.log(`${path.relative(root, file)}  ${Math.round(fs.statSync(file).size / 1000)} kB`);
  }
});

// A server that the fleets share is not theirs to stop: it ends with this process.
process.exit();
