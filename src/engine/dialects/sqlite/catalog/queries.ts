/**
 * What is asked of a SQLite file: five questions, whatever the number of tables (sqlite.org/pragma.html, pragma functions). Tables in the order
 * in which they were made. Shadow tables of virtual tables are the module's own.
 */
const TABLES = `sqlite_schema AS m JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = m.name AND l.type = 'table'
  WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name NOT LIKE 'libsql\\_%' ESCAPE '\\'`;

export const QUERIES: readonly string[] = [
  `SELECT m.name, m.sql, l.wr, l.strict FROM ${TABLES} ORDER BY m.rowid`,
  `SELECT m.name AS "table", c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
   FROM sqlite_schema AS m JOIN pragma_table_xinfo(m.name) AS c WHERE m.type = 'table' ORDER BY m.rowid, c.cid`,
  `SELECT m.name AS "table", i.name, i."unique", i.origin, s.sql, p.seqno, p.cid, p.name AS "column", p."desc", p.coll
   FROM sqlite_schema AS m JOIN pragma_index_list(m.name) AS i JOIN pragma_index_xinfo(i.name) AS p
   LEFT JOIN sqlite_schema AS s ON s.type = 'index' AND s.name = i.name
   WHERE m.type = 'table' AND p.key = 1 ORDER BY m.rowid, s.rowid, i.seq DESC, p.seqno`,
  `SELECT m.name AS "table", f.id, f.seq, f."table" AS "parent", f."from", f."to", f.on_update, f.on_delete
   FROM sqlite_schema AS m JOIN pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table' ORDER BY m.rowid, f.id DESC, f.seq`,
  `SELECT type, name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY rowid`,
];
