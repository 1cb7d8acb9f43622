/** Every data source that Atlas knows (atlas-config-cli.md 1.4); without `evaluate`, this version cannot read it. */
import type { hcl } from '../../../engine/index.ts';
import type { SchemaSource } from '../../types.ts';
import type { FileCache } from '../file-cache.ts';
import type { ProblemList } from '../problem-list.ts';
import type { EvaluateProjectRequest } from '../request.ts';
import type { Secrets } from '../secrets.ts';
import { evaluateExternal } from './external.ts';
import { evaluateRuntimeVariable } from './runtime-variable.ts';
import { evaluateExternalSchema, evaluateHclSchema } from './schema-source.ts';
import { evaluateSql } from './sql.ts';
import { evaluateTemplateDirectory } from './template-directory.ts';

export interface EvaluationTools {
  /** `data.sql.tenants`: prefix of every message. */
  readonly node: string;
  readonly request: EvaluateProjectRequest;
  readonly files: FileCache;
  readonly problems: ProblemList;
  readonly secrets: Secrets;
  readonly getenv: (name: string) => string | undefined;
  readonly evaluate: (expression: hcl.Expression) => Promise<hcl.Value>;
  readonly addSchemaSource: (url: string, schema: SchemaSource) => void;
  readonly addMemoryDirectory: (url: string, files: Readonly<Record<string, string>>) => void;
}

export interface DataSource {
  /** Gives unknown after a mistake, which it has noted. */
  readonly evaluate?: (block: hcl.Block, tools: EvaluationTools) => Promise<hcl.Value>;
}

const DATA_SOURCES: Readonly<Record<string, DataSource>> = {
  sql: { evaluate: evaluateSql },
  external: { evaluate: evaluateExternal },
  template_dir: { evaluate: evaluateTemplateDirectory },
  runtimevar: { evaluate: evaluateRuntimeVariable },
  aws_rds_token: {},
  blob_dir: {},
  cloud_databases: {},
  composite_schema: {},
  external_schema: { evaluate: evaluateExternalSchema },
  gcp_cloudsql_token: {},
  hcl_schema: { evaluate: evaluateHclSchema },
  http: {},
  remote_dir: {},
  remote_schema: {},
};

/** Undefined: Atlas knows no such type either. */
export const dataSourceOf = (type: string): DataSource | undefined =>
  Object.hasOwn(DATA_SOURCES, type) ? DATA_SOURCES[type] : undefined;
