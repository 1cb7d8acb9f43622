import type { Realm } from '../../engine/index.ts';

type Table = Realm['schemas'][number]['tables'][number];

/** An entity-relationship diagram in Mermaid's words (atlas-engine.md 1.7). */
export function schemaMermaid({ schemas }: Realm): string {
  const isMany = schemas.length > 1;
  const idOf = (schema: string, table: string): string => word(isMany ? `${schema}_${table}` : table);
  const entities = schemas.flatMap(({ name: schema, tables }) =>
    tables.map((table) => {
      const id = idOf(schema, table.name);
      const title = isMany ? `${id}["${schema}.${table.name}"]` : id;
      const columns = table.columns.map((column) => {
        const marks = [
          ...(isKey(table, column.name) ? ['PK'] : []),
          ...(table.foreignKeys.some(({ columns: own }) => own.includes(column.name)) ? ['FK'] : []),
        ];
        return `      ${[word(column.type.text), word(column.name), marks.join(',')].filter((part) => part !== '').join(' ')}`;
      });
      return [`    ${title} {`, ...columns, '    }'].join('\n');
    }),
  );
  const relations = schemas.flatMap(({ name: schema, tables }) =>
    tables.flatMap((table) =>
      table.foreignKeys.map(({ name, columns, references }) => {
        const child = isOne(table, columns) ? '|' : '}';
        const parent = tables.find((one) => one.name === references.table);
        const end = parent === undefined || !isOne(parent, references.columns) ? '{' : '|';
        const [from, to] = [idOf(schema, table.name), idOf(references.schema, references.table)];
        return `    ${from} ${child}o--o${end} ${to} : ${word(name === '' ? columns.join('_') : name)}`;
      }),
    ),
  );
  return `${['erDiagram', ...entities, ...relations].join('\n')}\n`;
}

const word = (text: string): string => text.replaceAll(' ', '_');

const isKey = ({ primaryKey }: Table, column: string): boolean =>
  primaryKey?.parts.some((part) => part.column === column) === true;

/** Whether these columns are a key of the table: then there is one row at most on that side. */
function isOne({ primaryKey, indexes }: Table, columns: readonly string[]): boolean {
  const keys = [primaryKey?.parts ?? [], ...indexes.filter(({ isUnique }) => isUnique).map(({ parts }) => parts)];
  return keys.some(
    (parts) =>
      parts.length === columns.length && parts.every(({ column }) => column !== undefined && columns.includes(column)),
  );
}
