/** A migration directory as values: what every other part of the engine works on. */

export type DirectoryFormat = 'atlas' | 'golang-migrate' | 'goose' | 'flyway' | 'liquibase' | 'dbmate';

/** `file`: one transaction a file. `all`: one for all pending files. `none`: no transaction. */
export type TxMode = 'none' | 'file' | 'all';
export type ExecOrder = 'linear' | 'linear-skip' | 'non-linear';

/** `-- atlas:<name> <args>` in the comment at the top of a file. */
export interface Directive {
  readonly name: string;
  readonly args: string;
}

/** A part of a file that is SQL by itself. */
export interface Section {
  readonly name: string;
  readonly text: string;
  /** Of the text in the content of the file, in UTF-16 units. */
  readonly offset: number;
}

/** The sections of a file with `-- atlas:txtar`. */
export interface Archive {
  readonly checks: readonly Section[];
  /** undefined: the section is missing, and the file cannot be run. */
  readonly migration: Section | undefined;
  readonly down: Section | undefined;
}

/** A file of the directory, in order of execution. */
export interface MigrationFile {
  /** As in atlas.sum; with the subfolder in a flyway directory. */
  readonly name: string;
  /** Compared as a string everywhere. */
  readonly version: string;
  readonly description: string;
  /** Of the directory: says which part of the content is run, and how it is cut. */
  readonly format: DirectoryFormat;
  /** The whole text of the file. */
  readonly content: string;
  /** The file's entry of atlas.sum, without `h1:`; '' where the file has none (`atlas:sum ignore`). */
  readonly hash: string;
  readonly checkpoint: boolean;
  /** From `-- atlas:txmode`, as written; undefined without one. */
  readonly txMode: string | undefined;
  /** All file directives, in order. */
  readonly directives: readonly Directive[];
  /** Only of a file with `-- atlas:txtar`. */
  readonly archive: Archive | undefined;
  /** The file that takes this one back, in formats that have one beside it (`*.down.sql`, flyway's `U…`). No part of atlas.sum. */
  readonly undo: { readonly name: string; readonly content: string } | undefined;
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

/** Why a directory was refused. */
export interface ChecksumError {
  readonly message: 'checksum file not found' | 'checksum file format invalid' | 'checksum mismatch';
  /** Where atlas.sum and the files part; `line` counts the first line of atlas.sum as 1. */
  readonly diagnosis?: {
    readonly line: number;
    readonly file: string;
    readonly reason: 'added' | 'edited' | 'removed';
  };
}

/** What computing pending files needs to know of a row of atlas_schema_revisions. */
export interface RevisionMark {
  readonly version: string;
  readonly description: string;
  /** Bit set: 1 baseline, 2 executed, 4 resolved. */
  readonly type: number;
  readonly applied: number;
  readonly total: number;
  readonly partialHashes: readonly string[] | null;
}

/** Files that cannot be run, with Atlas's text. Nothing has been run. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code:
    | 'DIRECTORY_INVALID'
    | 'TARGET_HISTORY'
    | 'TARGET_NOT_CLEAN'
    | 'VERSION_NOT_FOUND'
    | 'INPUT_INVALID'
    | 'DOWN_NO_WAY_BACK'
    | 'DOWN_MOVED_ON';
  /** For stderr, without `Error: `. */
  readonly text: string;
}
