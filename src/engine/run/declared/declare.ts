import { AppError } from '../../../shared/errors.ts';
import type { Dialect } from '../../dialects/dialect.ts';
import { DIALECTS } from '../../dialects/index.ts';
import { planRealms } from '../../plan/plan-realms.ts';
import { excludeFrom, parsePatterns } from '../../schema/exclude.ts';
import type { Realm } from '../../schema/realm.ts';
import { fingerprintRealm, withoutBoundName } from '../../spec/fingerprint-realm.ts';
import { printRealm } from '../../spec/print-realm.ts';
import { readDocument } from '../../spec/read-document.ts';
import type { Declared, StatePlan, Way } from './types.ts';

/** Digits of a state's name: a fleet has a handful of them, and people read them. */
const NAME_DIGITS = 16;

/** A state's fingerprint as people, URLs and columns take it: hexadecimal, shortened. */
export const stateName = (dialect: Dialect, realm: Realm): string =>
  Buffer.from(fingerprintRealm(dialect, realm), 'base64').toString('hex').slice(0, NAME_DIGITS);

/** What records which migrations have run is no part of a desired state: a target may have a history from before. */
const REVISIONS = 'atlas_schema_revisions';

/** The realm without what the patterns name, and without the revisions. @throws AppError INPUT_INVALID for a pattern */
export function withoutExcluded(realm: Realm, exclude: readonly string[]): Realm {
  const isSchemaScoped = realm.boundTo !== undefined;
  const own = isSchemaScoped ? [REVISIONS] : [REVISIONS, `*.${REVISIONS}`];
  const parsed = parsePatterns([...exclude, ...own]);
  if ('problem' in parsed) throw new AppError('INPUT_INVALID', parsed.problem);
  return excludeFrom(realm, parsed.patterns, { isSchemaScoped });
}

/**
 * Plans from each distinct state to the desired one, and back: as many diffs as there are states, however many targets. Pure.
 * @param states by name
 */
export function declare(
  dialect: Dialect,
  desired: Realm,
  states: ReadonlyMap<string, Realm>,
  exclude: readonly string[],
): Declared {
  const wanted = withoutExcluded(desired, exclude);
  return {
    dialect: dialect.name,
    to: stateName(dialect, wanted),
    document: printRealm(dialect, wanted),
    exclude,
    plans: [...states]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([from, found]): StatePlan => {
        // Which target of a state was met first must not show: an approval binds the digest of all this.
        const realm = withoutBoundName(found);
        return {
          from,
          document: printRealm(dialect, realm),
          forward: wayOf(dialect, realm, wanted),
          back: wayOf(dialect, wanted, realm),
        };
      }),
  };
}

function wayOf(dialect: Dialect, from: Realm, to: Realm): Way {
  try {
    return { statements: statementsOf(dialect, from, to) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { refused: { code: error.code, text: error.message } };
  }
}

/** What brings one state to the other, one line each. @throws AppError SCHEMA_SCOPE, SCHEMA_CHANGE_IMPOSSIBLE */
export const statementsOf = (dialect: Dialect, from: Realm, to: Realm): readonly string[] =>
  planRealms(dialect, from, to)
    .statements('')
    .map(({ text }) => text);

/** A declared state as an engine process works with it: what is read of it is read once. */
export interface ReadyState {
  readonly dialect: Dialect;
  readonly desired: Realm;
  readonly plans: ReadonlyMap<string, StatePlan>;
  /** Plans after which a target was seen to be in the desired state. */
  readonly proven: Set<string>;
}

const ready = new WeakMap<Declared, ReadyState>();

export function readyState(declared: Declared): ReadyState {
  const known = ready.get(declared);
  if (known !== undefined) return known;
  const dialect = DIALECTS[declared.dialect];
  if (dialect === undefined)
    throw new AppError('SCHEMA_DIALECT_UNSUPPORTED', `dialect "${declared.dialect}" is not known`);
  const { realm } = readDocument(dialect, [{ file: 'desired.hcl', text: declared.document }]);
  const made: ReadyState = {
    dialect,
    desired: realm,
    plans: new Map(declared.plans.map((plan) => [plan.from, plan])),
    proven: new Set(),
  };
  ready.set(declared, made);
  return made;
}

/** The document of a plan's state, read. */
export const realmOf = (dialect: Dialect, { document }: StatePlan): Realm =>
  readDocument(dialect, [{ file: 'state.hcl', text: document }]).realm;
