import type { Fleet } from './fleet.ts';
import type { Revision, Tenant, TenantState } from './tenants.ts';

/** The whole fleet and what is beside it, read from the databases alone. */
export interface Census {
  readonly tenants: ReadonlyMap<string, TenantState>;
  readonly reference: TenantState;
  readonly neighbours: ReadonlyMap<string, TenantState>;
  readonly places: readonly string[];
}

/**
 * `applied`: at the newest version, exactly once. `untouched`: as it was. `either`: one of the two, but not between. `reverted`: as it was, schema,
 * data and revisions; migrations may have begun.
 */
export type Verdict = 'applied' | 'untouched' | 'either' | 'reverted';

export async function takeCensus(fleet: Fleet): Promise<Census> {
  const { backend } = fleet;
  const readAll = async (list: readonly Tenant[]): Promise<Map<string, TenantState>> => {
    const found = new Map<string, TenantState>();
    for (const tenant of list) found.set(tenant.name, await backend.read(tenant));
    return found;
  };
  return {
    tenants: await readAll(fleet.tenants),
    neighbours: await readAll(fleet.neighbours),
    reference: await backend.read(fleet.reference),
    places: await backend.places(),
  };
}

/**
 * Everything that is wrong with a fleet, one line each; nothing where all is well. Knows the migrations, and nothing of how they were brought.
 * @param before the census from before the rollout
 */
export async function findWrongs(
  fleet: Fleet,
  before: Census,
  verdictOf: (tenant: Tenant) => Verdict,
): Promise<readonly string[]> {
  // What a daemon has just ended takes the servers a moment to let go of.
  const leftovers = await untilNone(() => fleet.backend.leftovers());
  const now = await takeCensus(fleet);
  const wrongs = fleet.tenants.flatMap((tenant) => wrongsOf(fleet, before, tenant, verdictOf(tenant), now));
  const neighbours = fleet.neighbours.flatMap(({ name }) => {
    const [was, is] = [before.neighbours.get(name), now.neighbours.get(name)];
    if (was === undefined || is === undefined) return [`${name}: not read`];
    return changes(was, is, { starts: true }).map((wrong) => `${name}, a neighbour: ${wrong}`);
  });
  return [
    ...wrongs,
    ...neighbours,
    ...difference('places where the fleet lives', before.places, now.places),
    ...leftovers.map((one) => `left behind: ${one}`),
  ];
}

/** What is wrong with one tenant, which is read by itself: for a fleet that changes meanwhile. @throws where it cannot be read */
export async function findWrongsOf(
  fleet: Fleet,
  before: Census,
  tenant: Tenant,
  verdict: Verdict,
): Promise<readonly string[]> {
  const now = new Map([[tenant.name, await fleet.backend.read(tenant)]]);
  return wrongsOf(fleet, before, tenant, verdict, { tenants: now, reference: before.reference });
}

function wrongsOf(
  fleet: Fleet,
  before: Census,
  tenant: Tenant,
  verdict: Verdict,
  now: Pick<Census, 'tenants' | 'reference'>,
): readonly string[] {
  const [was, is] = [before.tenants.get(tenant.name), now.tenants.get(tenant.name)];
  if (was === undefined || is === undefined) return [`${tenant.name}: not read`];
  const applied =
    verdict === 'untouched' || verdict === 'reverted'
      ? []
      : notApplied(fleet, tenant, { was, is, reference: now.reference });
  const changed = verdict === 'applied' ? [] : changes(was, is, { starts: verdict === 'untouched' });
  if (verdict === 'either' && (applied.length === 0 || changed.length === 0)) return [];
  return [...applied, ...changed].map((wrong) => `${tenant.name}: ${wrong}`);
}

/** Tenants in which a migration has begun since. */
export async function findBegun(fleet: Fleet, before: Census): Promise<readonly string[]> {
  const starts = await fleet.backend.countStarts(fleet.tenants);
  const isBegun = ({ name }: Tenant): boolean => (starts.get(name) ?? 0) > (before.tenants.get(name)?.starts ?? 0);
  return fleet.tenants.filter(isBegun).map(({ name }) => name);
}

async function untilNone(read: () => Promise<readonly string[]>): Promise<readonly string[]> {
  const deadline = Date.now() + 4_000;
  for (;;) {
    const left = await read();
    if (left.length === 0 || Date.now() > deadline) return left;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function notApplied(
  fleet: Fleet,
  tenant: Tenant,
  seen: { readonly was: TenantState; readonly is: TenantState; readonly reference: TenantState },
): readonly string[] {
  const { was, is, reference } = seen;
  const own = (text: string): string => text.replaceAll(tenant.name, '<tenant>');
  const wanted = (text: string): string => text.replaceAll(fleet.reference.name, '<tenant>');
  const wrongs = [...difference('objects', reference.objects.map(wanted), is.objects.map(own))];
  for (const table of new Set([...Object.keys(reference.rows), ...Object.keys(is.rows)])) {
    const rows = (state: TenantState): readonly string[] => (state.rows[table] ?? []).map(rowOf(table));
    wrongs.push(...difference(`rows of ${table}`, rows(reference).map(wanted), rows(is).map(own)));
  }
  const { files } = fleet.migrations;
  wrongs.push(
    ...difference(
      'versions',
      files.map(({ version }) => version),
      is.revisions.map(({ version }) => version),
    ),
  );
  for (const [i, file] of files.entries()) {
    const revision = is.revisions.find(({ version }) => version === file.version);
    if (revision === undefined) continue;
    const old = was.revisions.find(({ version }) => version === file.version);
    if (i < tenant.from) {
      if (revision.row !== old?.row) wrongs.push(`the row of ${file.version} was there before, and has changed`);
    } else {
      const { statements } = file;
      wrongs.push(...wrongRow(revision, { ...file, total: statements.length }));
    }
  }
  return wrongs;
}

/** The numbers that the server counts up may have gaps: tries that were rolled back. Times are each tenant's own. */
const rowOf =
  (table: string) =>
  (row: string): string =>
    table === 'marks' ? row.replace(/"id":"?\d+"?,?/, '').replace(/"at":("[^"]*"|[\d.]+),?/, '') : row;

const wrongRow = (
  is: Revision,
  file: { readonly version: string; readonly description: string; readonly hash: string; readonly total: number },
): readonly string[] =>
  Object.entries({
    description: file.description,
    type: 2,
    applied: file.total,
    total: file.total,
    error: '',
    hash: file.hash,
  }).flatMap(([name, wanted]) => {
    const got = is[name as keyof Revision];
    return got === wanted ? [] : [`${name} of revision ${file.version} is ${got}, not ${wanted}`];
  });

function changes(was: TenantState, is: TenantState, compare: { readonly starts: boolean }): readonly string[] {
  return [
    ...difference('objects', was.objects, is.objects),
    ...[...new Set([...Object.keys(was.rows), ...Object.keys(is.rows)])].flatMap((table) =>
      difference(`rows of ${table}`, was.rows[table] ?? [], is.rows[table] ?? []),
    ),
    ...difference(
      'revisions',
      was.revisions.map(({ row }) => row),
      is.revisions.map(({ row }) => row),
    ),
    ...(compare.starts && was.starts !== is.starts ? [`begun ${is.starts} times, not ${was.starts}`] : []),
  ];
}

/** As multisets: a second one of the same is a difference, too. */
function difference(what: string, wanted: readonly string[], got: readonly string[]): readonly string[] {
  const left = [...got];
  const missing = wanted.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [...missing.map((one) => `${what}: missing ${one}`), ...left.map((one) => `${what}: too many ${one}`)];
}
