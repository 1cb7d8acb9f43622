/** What differs between server versions, as plain data: nobody else compares versions. */
export interface MysqlFeatures {
  readonly flavour: 'mysql' | 'mariadb';
  /** `VERSION()` as the server says it. */
  readonly version: string;
  /** How a statement's time is limited: MariaDB any statement, in seconds; MySQL only SELECT, in milliseconds. */
  readonly statementLimit: 'max_statement_time' | 'max_execution_time' | undefined;
  readonly hasIdleTransactionTimeout: boolean;
  /** COM_RESET_CONNECTION. Without it a session is thrown away after a target. */
  readonly canResetConnection: boolean;
  /** Several GET_LOCKs in one session; before that, the second silently gives up the first. */
  readonly canHoldSeveralLocks: boolean;
  /** JSON columns; before that Atlas's library takes longblob. */
  readonly hasJson: boolean;
  /** Longest key of an index on varchar utf8mb4: 255 characters need more than the 767 bytes of old row formats. */
  readonly hasLongIndexKeys: boolean;
  /** Where metadata locks can be looked up, if the server has it switched on. */
  readonly metadataLocks: 'performance_schema' | 'metadata_lock_info' | undefined;
}

/** Reads the answer of `SELECT VERSION()`: `8.0.36`, `5.6.51-log`, `10.11.6-MariaDB-0+deb12u1`. */
export function readFeatures(version: string): MysqlFeatures {
  const numbers = /^(?:5\.5\.5-)?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version);
  const at = [Number(numbers?.[1] ?? 0), Number(numbers?.[2] ?? 0), Number(numbers?.[3] ?? 0)];
  const isMariadb = /mariadb/i.test(version);
  /** `undefined`: that flavour never has it. */
  const since = (mysql: readonly number[] | undefined, mariadb: readonly number[] | undefined): boolean => {
    const from = isMariadb ? mariadb : mysql;
    return from !== undefined && isAtLeast(at, from);
  };
  return {
    flavour: isMariadb ? 'mariadb' : 'mysql',
    version,
    statementLimit: since(undefined, [10, 1, 1])
      ? 'max_statement_time'
      : since([5, 7, 8], undefined)
        ? 'max_execution_time'
        : undefined,
    hasIdleTransactionTimeout: since(undefined, [10, 3, 0]),
    canResetConnection: since([5, 7, 3], [10, 2, 4]),
    canHoldSeveralLocks: since([5, 7, 5], [10, 0, 2]),
    hasJson: since([5, 7, 8], [10, 2, 7]),
    hasLongIndexKeys: since([5, 7, 7], [10, 2, 2]),
    metadataLocks: since([5, 7, 3], undefined)
      ? 'performance_schema'
      : since(undefined, [10, 0, 7])
        ? 'metadata_lock_info'
        : undefined,
  };
}

const isAtLeast = (version: readonly number[], from: readonly number[]): boolean => {
  for (const [i, wanted] of from.entries()) {
    const given = version[i] ?? 0;
    if (given !== wanted) return given > wanted;
  }
  return true;
};
