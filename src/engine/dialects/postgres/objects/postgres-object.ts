import type { ModifyObject } from '../../../changes/change.ts';
import type { SchemaObject } from '../../../schema/object.ts';
import type { ObjectSpec, Row, Scope } from '../../dialect.ts';
import type { EmitContext, Statement } from '../../statement.ts';

/** An object where the catalog has it. */
export interface PlacedObject {
  /** '' for what belongs to no schema. */
  readonly schema: string;
  readonly object: SchemaObject;
}

/** One kind of object, in one file: how it is written, how it is read, how it is made. */
export interface PostgresObject {
  /** As its HCL block. */
  readonly kind: string;
  readonly spec: ObjectSpec;
  /** One question for all of them; not those of extensions. */
  query(scope: Scope): string;
  read(rows: readonly Row[]): readonly PlacedObject[];
  readonly emit: {
    create(schema: string, object: SchemaObject, context: EmitContext): readonly Statement[];
    drop(schema: string, object: SchemaObject, context: EmitContext): readonly Statement[];
    /** @throws AppError where the database cannot, with what to do instead */
    modify(schema: string, change: ModifyObject, context: EmitContext): readonly Statement[];
  };
  /** The database has no words for it: it is dropped and made anew, and so is what stands on it. */
  needsNew?(change: ModifyObject): boolean;
}
