/** What of Grafana's dashboard files the pictures are drawn from. */
export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  /** `instant`: only the newest value counts, not the last one that there was. */
  readonly targets: readonly { readonly expr: string; readonly legendFormat?: string; readonly instant?: boolean }[];
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit: string;
      readonly custom?: { readonly stacking?: { readonly mode: string } };
    };
  };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** One line of a chart: seconds since the epoch and value. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** As the panel's legend has it. */
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

/** `{{label}}` of a legend, from a series' labels. */
export const legendOf = (format: string | undefined, labels: Readonly<Record<string, string>>): string =>
  format === undefined || format === ''
    ? Object.values(labels).join(' ')
    : format.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
