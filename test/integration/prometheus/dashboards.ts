import fs from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../../deploy/grafana/dashboards');

export interface PanelQuery {
  readonly dashboard: string;
  readonly panel: string;
  readonly query: string;
  /** The panel says that it is empty until something happens. */
  readonly mayBeEmpty: boolean;
}

interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly panels: readonly {
    readonly title: string;
    readonly description?: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

/** The shipped dashboards by file name. */
export function readDashboards(): ReadonlyMap<string, DashboardFile> {
  const names = fs.readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return new Map(names.map((name) => [name, JSON.parse(fs.readFileSync(path.join(FOLDER, name), 'utf8'))]));
}

/** Every query of every panel and annotation, its variables filled in as Grafana does for `All`, or for the rollout given. */
export function panelQueries(variables: Readonly<Record<string, string>>): readonly PanelQuery[] {
  const values = { project: '.*', env: '.*', rollout: '.*', __rate_interval: '5m', __interval: '1m', ...variables };
  const fill = (expression: string): string =>
    Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`$${name}`, value), expression);
  return [...readDashboards().values()].flatMap(({ title, panels, annotations }) => [
    ...panels.flatMap((panel) =>
      panel.targets.map(({ expr }) => ({
        dashboard: title,
        panel: panel.title,
        query: fill(expr),
        mayBeEmpty: panel.description?.startsWith('Empty ') === true,
      })),
    ),
    ...annotations.list.map(({ expr }) => ({ dashboard: title, panel: 'Verbs', query: fill(expr), mayBeEmpty: false })),
  ]);
}
