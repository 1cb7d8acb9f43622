import type { Revision } from './types.ts';

/** A text as drivers give it; '' for null. The Go driver of SQLite stores JSON as a blob. */
export const textOf = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
};

/**
 * A row of a revisions table, its values in the order of the table (atlas-config-cli.md 4.5).
 * @param parseTime reads `executed_at`, which each kind of database says in its own way
 */
export function readRevision(values: readonly unknown[], parseTime: (value: unknown) => Date): Revision {
  const [
    version,
    description,
    type,
    applied,
    total,
    executedAt,
    executionTime,
    error,
    errorStmt,
    hash,
    partial,
    operator,
  ] = values;
  const nanoseconds = textOf(executionTime);
  return {
    version: textOf(version),
    description: textOf(description),
    type: Number(type ?? 0),
    applied: Number(applied ?? 0),
    total: Number(total ?? 0),
    executedAt: parseTime(executedAt),
    executionTime: /^-?\d+$/.test(nanoseconds) ? BigInt(nanoseconds) : 0n,
    error: textOf(error),
    errorStmt: textOf(errorStmt),
    hash: textOf(hash),
    partialHashes: readHashes(textOf(partial)),
    operatorVersion: textOf(operator),
  };
}

/** Official builds leave the hashes after success, the open ones write null: both are read. */
export function readHashes(json: string): readonly string[] | null {
  if (json === '') return null;
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null;
  } catch {
    return null;
  }
}
