import { printStatement } from '../dialects/statement.ts';
import type { DirectoryFormat } from './types.ts';

/** A change of a plan: one statement without its delimiter, what undoes it, and what it is for. */
export interface PlannedChange {
  readonly cmd: string;
  readonly reverse: readonly string[];
  readonly comment: string;
}

export interface FilePlan {
  /** `YYYYMMDDHHMMSS`. */
  readonly version: string;
  readonly name: string;
  readonly changes: readonly PlannedChange[];
}

/** A file to be written: relative name and text. */
export interface NewFile {
  readonly name: string;
  readonly content: string;
}

const comment = (text: string): string => (text === '' ? '' : `-- ${text}\n`);

const up = (plan: FilePlan): string => plan.changes.map((c) => `${comment(c.comment)}${c.cmd};\n`).join('');

const down = (plan: FilePlan): string =>
  plan.changes
    .toReversed()
    .filter(({ reverse }) => reverse.length > 0)
    .map(
      (c) => `${comment(c.comment === '' ? '' : `reverse: ${c.comment}`)}${c.reverse.map((r) => `${r};\n`).join('')}`,
    )
    .join('');

const changeset = (plan: FilePlan, change: PlannedChange, i: number): string =>
  `--changeset atlas:${plan.version}-${i + 1}\n` +
  (change.comment === '' ? '' : `--comment: ${change.comment}\n`) +
  `${change.cmd};\n${change.reverse.map((r) => `--rollback: ${r};\n`).join('')}`;

/** The files that a tool would want for a plan (atlas-config-cli.md 4.1). A plan without changes gives the files of `migrate new`. */
export function formatPlan(plan: FilePlan, format: DirectoryFormat): readonly NewFile[] {
  const stem = plan.name === '' ? plan.version : `${plan.version}_${plan.name}`;
  switch (format) {
    case 'atlas':
      return [
        {
          name: `${stem}.sql`,
          content: plan.changes.map((c) => printStatement(c.comment, c.cmd)).join(''),
        },
      ];
    case 'golang-migrate':
      return [
        { name: `${stem}.up.sql`, content: up(plan) },
        { name: `${stem}.down.sql`, content: down(plan) },
      ];
    case 'goose':
      return [{ name: `${stem}.sql`, content: `-- +goose Up\n${up(plan)}\n-- +goose Down\n${down(plan)}` }];
    case 'dbmate':
      return [{ name: `${stem}.sql`, content: `-- migrate:up\n${up(plan)}\n-- migrate:down\n${down(plan)}` }];
    case 'liquibase': {
      const sets = plan.changes.map((change, i) => changeset(plan, change, i)).join('\n');
      return [{ name: `${stem}.sql`, content: `--liquibase formatted sql\n${sets}` }];
    }
    case 'flyway': {
      const flywayStem = plan.name === '' ? plan.version : `${plan.version}__${plan.name}`;
      return [
        { name: `V${flywayStem}.sql`, content: up(plan) },
        { name: `U${flywayStem}.sql`, content: down(plan) },
      ];
    }
  }
}

/** The empty files of `migrate new`. */
export const formatNewFile = (
  format: DirectoryFormat,
  file: { readonly version: string; readonly name: string },
): readonly NewFile[] => formatPlan({ ...file, changes: [] }, format);

/** The version of a file made at a time: `YYYYMMDDHHMMSS` in UTC. */
export const newVersion = (nowMs: number): string => new Date(nowMs).toISOString().replace(/\D/g, '').slice(0, 14);
