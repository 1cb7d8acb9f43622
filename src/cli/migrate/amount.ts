import { AppError } from '../../shared/errors.ts';

/** The number of files as an argument, in Atlas's words where it is none. @param verb `apply`, `revert` */
export function parseAmount(text: string | undefined, verb: string): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) {
    throw new AppError(
      'INPUT_INVALID',
      `invalid amount argument "${text}" (strconv.ParseUint: parsing "${text}": invalid syntax). Omit the argument or pass a valid integer instead`,
    );
  }
  if (Number(text) === 0) throw new AppError('INPUT_INVALID', `cannot ${verb} '${text}' migration files`);
  return Number(text);
}
