import { DriverError, type History } from '../../run/ports.ts';
import type { Revision } from '../../run/types.ts';
import type { CommandResult } from './exchange.ts';
import { UNDEFINED_COLUMN, UNDEFINED_TABLE } from './postgres-errors.ts';
import { quoteId } from './quote.ts';
import { addColumns, COLUMNS, createTable, hasAllColumns, readRow, selectRows } from './revision-rows.ts';
import { type RevisionsPlace, readShapes, selectShapes, type TableShape } from './revisions-place.ts';
import type { SessionChannel } from './session-channel.ts';

/** A look at the revisions, and the answers to all that was sent. */
export interface RevisionsRead {
  readonly history: History;
  readonly results: readonly CommandResult[];
}

/** What a session knows of the revisions table: its columns, and its rows as they were read and written. */
export class KnownRevisions {
  readonly #channel: SessionChannel;
  readonly #place: RevisionsPlace;
  #shape: TableShape;
  /** Outside of the open transaction. */
  #shapeOutside: TableShape;
  #rows = new Map<string, Revision>();

  constructor(channel: SessionChannel, place: RevisionsPlace) {
    this.#channel = channel;
    this.#place = place;
  }

  /** By version. A later read leaves this map as it is. */
  get rows(): ReadonlyMap<string, Revision> {
    return this.#rows;
  }

  /**
   * Sends `prefix`, reads the revisions, sends `suffix`: for a table that is as it should be.
   * @throws DriverError where it is not (`isOtherShape`), among others; what `prefix` has opened is left open
   */
  async readWhole(prefix: readonly string[], suffix: readonly string[]): Promise<RevisionsRead> {
    const results = await this.#channel.send([...prefix, selectRows(this.#place.revisions), ...suffix].join(';\n'));
    this.#shape = COLUMNS;
    this.#shapeOutside = COLUMNS;
    return { history: this.#remember(results[prefix.length], true), results };
  }

  /** As `readWhole`, of whatever table there is: the catalog is asked first. */
  async readAny(prefix: readonly string[], suffix: readonly string[]): Promise<RevisionsRead> {
    const results = await this.#channel.send([...prefix, selectShapes(this.#place)].join(';\n'));
    const { shape, isAmbiguous } = readShapes(this.#place, results[prefix.length]);
    this.#shape = shape;
    this.#shapeOutside = shape;
    const exists = shape !== undefined && shape.length > 0;
    const last = [...(exists ? [selectRows(this.#place.revisions, shape)] : []), ...suffix];
    const rows = last.length === 0 ? [] : await this.#channel.send(last.join(';\n'));
    if (isAmbiguous) return { history: { kind: 'ambiguous' }, results };
    return { history: this.#remember(exists ? rows[0] : undefined, exists), results };
  }

  /** Statements that make the table whole; none where the last read saw it so. Call `madeWhole` once they have run. */
  creation(): readonly string[] {
    const { revisions, target } = this.#place;
    const shape = this.#shape;
    if (shape !== undefined && shape.length > 0) return hasAllColumns(shape) ? [] : addColumns(revisions, shape);
    // CREATE … IF NOT EXISTS asks for the right to create even where there is nothing to do.
    const schema =
      shape === undefined && revisions !== target ? [`CREATE SCHEMA IF NOT EXISTS ${quoteId(revisions)}`] : [];
    return [...schema, createTable(revisions)];
  }

  madeWhole(inTransaction: boolean): void {
    this.#shape = COLUMNS;
    if (!inTransaction) this.#shapeOutside = COLUMNS;
  }

  /** Found out in a transaction, without a read: the table is whole and has these rows. */
  foundAs(rows: readonly Revision[]): void {
    this.#shape = COLUMNS;
    this.#rows = new Map(rows.map((row) => [row.version, row]));
  }

  wrote(rows: readonly Revision[]): void {
    for (const row of rows) this.#rows.set(row.version, row);
  }

  removed(versions: readonly string[]): void {
    for (const version of versions) this.#rows.delete(version);
  }

  transactionEnded(how: 'committed' | 'rolled back'): void {
    if (how === 'committed') this.#shapeOutside = this.#shape;
    else this.#shape = this.#shapeOutside;
  }

  #remember(result: CommandResult | undefined, exists: boolean): History {
    const rows = (result?.rows ?? []).map(readRow);
    this.#rows = new Map(rows.map((row) => [row.version, row]));
    return { kind: 'history', exists, rows };
  }
}

/** The revisions table is not there, or lacks columns. */
export const isOtherShape = (error: unknown): boolean =>
  error instanceof DriverError && (error.code === UNDEFINED_TABLE || error.code === UNDEFINED_COLUMN);

/** @throws DriverError `history-moved` where the revisions are not what they were */
export function requireSame(before: ReadonlyMap<string, Revision>, now: History): void {
  const isSame =
    now.kind === 'history' &&
    now.rows.length === before.size &&
    now.rows.every((row) => {
      const known = before.get(row.version);
      return known?.applied === row.applied && known.total === row.total && known.type === row.type;
    });
  if (!isSame)
    throw new DriverError('history-moved', 'another migration changed the revisions meanwhile', { class: 'lock' });
}
