import type { ApplyOptions } from './types.ts';

/** What stands in operator_version of the rows that a call writes. */
export const operatorOf = ({
  operatorVersion,
  operation,
}: Pick<ApplyOptions, 'operatorVersion' | 'operation'>): string =>
  operation === undefined ? operatorVersion : `${operatorVersion}, ${operation.name}`;
