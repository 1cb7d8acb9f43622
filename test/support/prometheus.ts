import fs from 'node:fs';
import path from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { freePort, runToEnd, startServer, untilReady } from './child-process.ts';
import { NotToBeHad, say } from './provision.ts';
import { throwAwayFolder } from './temporary-folder.ts';

export interface PrometheusPrograms {
  readonly prometheus: string;
  readonly promtool: string;
}

const inFolders = (folders: readonly string[]): PrometheusPrograms | undefined => {
  const find = (name: string): string | undefined =>
    folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));
  const [prometheus, promtool] = [find('prometheus'), find('promtool')];
  return prometheus === undefined || promtool === undefined ? undefined : { prometheus, promtool };
};

/**
 * Prometheus and promtool from PATH, else Debian's package unpacked into the cache.
 * @throws NotToBeHad with what was tried
 */
export async function prometheusPrograms(): Promise<PrometheusPrograms> {
  const cache = cacheFolder('prometheus');
  const unpacked = path.join(cache, 'root');
  const known =
    inFolders((process.env.PATH ?? '').split(':').filter((folder) => folder !== '')) ??
    inFolders([path.join(unpacked, 'usr/bin')]);
  if (known !== undefined) return known;
  const tried = ['prometheus and promtool on PATH', unpacked];
  try {
    say("unpacking Debian's package of Prometheus into the cache");
    const debs = fs.mkdtempSync(path.join(cache, 'debs-'));
    runToEnd('apt-get', ['download', '-q', 'prometheus'], { cwd: debs });
    for (const deb of fs.readdirSync(debs)) runToEnd('dpkg-deb', ['-x', path.join(debs, deb), unpacked]);
    fs.rmSync(debs, { recursive: true });
  } catch (error) {
    tried.push(`apt-get download and dpkg-deb -x: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
  }
  const fetched = inFolders([path.join(unpacked, 'usr/bin')]);
  if (fetched === undefined) throw new NotToBeHad('Prometheus', tried);
  return fetched;
}

export interface QueryResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Prometheus {
  readonly address: string;
  /** An instant query, now. @throws with Prometheus' words where it is refused */
  query(expression: string): Promise<readonly QueryResult[]>;
  /** Labels of the alerts that fire. */
  firing(): Promise<readonly Readonly<Record<string, string>>[]>;
  stop(): Promise<void>;
}

/**
 * A Prometheus that scrapes a daemon, and evaluates rules as often.
 * @param options.rules text of a rule file
 * @param options.interval four times in a second where nothing is said
 * @throws NotToBeHad
 */
export async function startPrometheus(options: {
  readonly target: string;
  readonly rules: string;
  readonly interval?: string;
}): Promise<Prometheus> {
  const { prometheus } = await prometheusPrograms();
  const folder = throwAwayFolder('prometheus');
  const { interval = '250ms' } = options;
  const config = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: ['rules.yml'],
    scrape_configs: [{ job_name: 'flotilla', static_configs: [{ targets: [options.target] }] }],
  };
  // JSON is YAML.
  fs.writeFileSync(path.join(folder, 'prometheus.yml'), JSON.stringify(config));
  fs.writeFileSync(path.join(folder, 'rules.yml'), options.rules);
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const log = path.join(folder, 'prometheus.log');
  const server = startServer(
    prometheus,
    ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${port}`],
    { cwd: folder, log },
  );
  const ask = async <T>(url: string): Promise<T> => {
    const response = await fetch(`${address}${url}`, { signal: AbortSignal.timeout(10_000) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
    return (JSON.parse(text) as { readonly data: T }).data;
  };
  await untilReady(
    server,
    async () => {
      const { ok } = await fetch(`${address}/-/ready`);
      if (!ok) throw new Error('not ready');
    },
    { what: 'Prometheus', log },
  );
  return {
    address,
    async query(expression) {
      const { result } = await ask<{ readonly result: readonly QueryResult[] }>(
        `/api/v1/query?query=${encodeURIComponent(expression)}`,
      );
      return result;
    },
    async firing() {
      type Alert = { readonly state: string; readonly labels: Readonly<Record<string, string>> };
      const { alerts } = await ask<{ readonly alerts: readonly Alert[] }>('/api/v1/alerts');
      return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels);
    },
    stop: () => server.stop(),
  };
}
