import { z } from 'zod';
import { GROUP_STATES, ROLLOUT_STATES, TARGET_STATES, type TargetCounts } from '../../shared/states.ts';
import type { Page, Problem } from '../../shared/wire.ts';

/** Names of the schemas in the OpenAPI document. */
export const schemaNames = z.registry<{ id: string }>();

/**
 * A schema that has every field of T, optional ones too: what it does not know would be left out of the answers without a word.
 * @param id its name in the OpenAPI document
 */
export const schemaOf =
  <T extends object>() =>
  <S extends { readonly [K in keyof T]-?: z.ZodType }>(id: string, shape: S & z.ZodRawShape) => {
    const schema = z.object<S>(shape);
    schemaNames.add(schema, { id });
    return schema;
  };

export const count = z.int().nonnegative();
export const rolloutKind = z.enum(['versioned', 'declarative']);
export const rolloutState = z.enum(ROLLOUT_STATES);
export const groupState = z.enum(GROUP_STATES);
export const targetState = z.enum(TARGET_STATES);
export const optionalText = z.string().exactOptional();
export const isoTime = z.string().describe('ISO 8601, UTC');

const optionalCount = count.exactOptional();
export const targetCounts: z.ZodType<TargetCounts> = schemaOf<TargetCounts>()('TargetCounts', {
  pending: optionalCount,
  running: optionalCount,
  applied: optionalCount,
  unchanged: optionalCount,
  failed: optionalCount,
  deferred: optionalCount,
  skipped: optionalCount,
  reverted: optionalCount,
  gone: optionalCount,
  joined: optionalCount,
  quarantined: optionalCount,
});

const problem: z.ZodType<Problem> = schemaOf<Problem>()('Problem', {
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('stable; docs/errors.md lists all'),
  detail: z.string(),
  next: z.string().exactOptional().describe('the command or step that helps'),
  errors: z
    .array(
      z.object({
        message: z.string(),
        path: optionalText,
        file: optionalText,
        line: z.int().exactOptional(),
        column: z.int().exactOptional(),
        frame: optionalText,
      }),
    )
    .exactOptional(),
});

/** What every route may answer besides its own result. */
export const problems = { '4xx': problem, '5xx': problem };

/** A page of a list. */
export const pageOf = <T>(id: string, item: z.ZodType<T>): z.ZodType<Page<T>> => {
  const page = z.object({ items: z.array(item), nextCursor: z.string().exactOptional() });
  schemaNames.add(page, { id });
  return page;
};

/** `limit` of a list, as a query has it. */
export const pageLimit = (byDefault: number) => z.coerce.number().int().min(1).max(1_000).default(byDefault);

/** States as a query has them: `running,paused`. */
export const stateList = <T extends z.ZodType<unknown, string>>(state: T) =>
  z
    .string()
    .transform((text) => text.split(',').map((one) => one.trim()))
    .pipe(z.array(state));

/** It goes into log lines and onto terminals: one line of plain characters, as the name of an actor. */
export const personName = z
  .string()
  .max(100)
  .regex(/^[\p{L}\p{N}@._+ -]+$/u, 'expected letters, digits, spaces and @ . _ + -');

export const rolloutId = z.object({ id: z.string().min(1).max(64).describe('the first letters are enough') });

/** Leaves out what is undefined: under exactOptionalPropertyTypes an absent field and an undefined one differ. */
export function present<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
