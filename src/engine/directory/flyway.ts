import { compareNames } from './compare-names.ts';
import type { NamedFile } from './formats.ts';

type FlywayFile = NamedFile & { readonly kind: string };

const isHidden = (name: string): boolean =>
  name
    .split('/')
    .slice(0, -1)
    .some((folder) => folder.startsWith('.'));

function parseName(name: string): FlywayFile | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const kind = base.charAt(0);
  if (isHidden(name) || !'VBR'.includes(kind) || !base.endsWith('.sql') || base.length < 4) return undefined;
  const stem = base.slice(1, -'.sql'.length);
  const at = stem.indexOf('__');
  const version = at === -1 ? stem : stem.slice(0, at);
  return { name, kind, version: kind === 'R' ? '' : version, description: at === -1 ? '' : stem.slice(at + 2) };
}

/** Compares `1_2` and `1.10` number by number. */
function compareVersions(a: string, b: string): number {
  const [x, y] = [a.split(/[._]/), b.split(/[._]/)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const difference = Number(x[i] ?? 0) - Number(y[i] ?? 0);
    if (Number.isNaN(difference)) return compareNames(a, b);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The newest baseline, then the versions greater than it, then the repeatable files. The newest baseline is chosen as a string, as Atlas does. */
export function selectFlyway(names: readonly string[]): readonly NamedFile[] {
  const files = names.toSorted(compareNames).flatMap((name) => parseName(name) ?? []);
  const baseline = files
    .filter(({ kind }) => kind === 'B')
    .reduce<FlywayFile | undefined>(
      (max, file) => (max === undefined || compareNames(file.version, max.version) > 0 ? file : max),
      undefined,
    );
  const versions = files
    .filter(
      ({ kind, version }) => kind === 'V' && (baseline === undefined || compareVersions(version, baseline.version) > 0),
    )
    .toSorted((a, b) => compareVersions(a.version, b.version));
  const repeatable = files.filter(({ kind }) => kind === 'R');
  return [...(baseline === undefined ? [] : [baseline]), ...versions, ...repeatable].map(
    ({ name, version, description }) => ({
      name,
      version,
      description,
    }),
  );
}

/** As `migrate import` does: a repeatable file gets the version before it with an R behind, so that it can stand in an atlas directory. */
export const withRepeatableVersions = (files: readonly NamedFile[]): readonly NamedFile[] => {
  let last = '0';
  return files.map((file) => {
    if (file.version !== '') {
      last = file.version;
      return file;
    }
    return { ...file, version: `${last}R` };
  });
};
