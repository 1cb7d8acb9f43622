/** A migration directory as values: what every other part of the engine works on. */

export type DirectoryFormat = 'atlas' | 'golang-migrate' | 'goose' | 'flyway' | 'liquibase' | 'dbmate';

/** A file of the directory, in order of execution. */
export interface MigrationFile {
  /** As in atlas.sum; with the subfolder in a flyway directory. */
  readonly name: string;
  /** Compared as a string everywhere. */
  readonly version: string;
  readonly description: string;
  /** The whole text of the file. */
  readonly content: string;
  /** The file's entry of atlas.sum, without `h1:`; '' where the file has none (`atlas:sum ignore`). */
  readonly hash: string;
  readonly checkpoint: boolean;
  /** From `-- atlas:txmode`; undefined without one. */
  readonly txMode: string | undefined;
}

/** One statement of a file. */
export interface Statement {
  /** As in the file, with its delimiter `;`, without leading comments. */
  readonly text: string;
  /** Offset into the content of the file, in UTF-16 units. */
  readonly offset: number;
  readonly comments: readonly string[];
}

/** A directory whose checksum has been verified. */
export interface Directory {
  readonly format: DirectoryFormat;
  readonly files: readonly MigrationFile[];
  /** The first line of atlas.sum: stands for the whole content. */
  readonly digest: string;
}
