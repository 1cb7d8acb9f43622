import { describe, expect, it } from 'vitest';
import { SCAN_OPTIONS, type ScannerName, scanText } from '../../../../src/engine/index.ts';

const texts = (source: string, dialect: ScannerName): readonly string[] | string => {
  const scanned = scanText(source, SCAN_OPTIONS[dialect]);
  return 'problem' in scanned ? scanned.problem.text : scanned.statements.map(({ text }) => text);
};

describe('scanText', () => {
  it('keeps the default delimiter and takes a rest without one', () => {
    expect(texts('SELECT 1;\nSELECT 2', 'generic')).toEqual(['SELECT 1;', 'SELECT 2']);
  });
  it('yields nothing for blank text, comments alone and empty statements', () => {
    expect(texts('\n-- only a comment\n;;\n/* and this */\n-- end', 'generic')).toEqual([]);
  });
  it('ignores delimiters in parentheses, quotes and comments', () => {
    const source = `CREATE TABLE t (c text DEFAULT ';' /* ; */ -- ;\n);\nSELECT ";";`;
    expect(texts(source, 'sqlite')).toEqual([`CREATE TABLE t (c text DEFAULT ';' /* ; */ -- ;\n);`, 'SELECT ";";']);
  });
  it('takes a doubled quote as two runs', () => {
    expect(texts("SELECT 'it''s; so';", 'postgres')).toEqual(["SELECT 'it''s; so';"]);
  });
  it('escapes with a backslash in MySQL everywhere, in Postgres only after E that is a word of its own', () => {
    expect(texts("SELECT 'a\\';b';", 'mysql')).toEqual(["SELECT 'a\\';b';"]);
    expect(texts("SELECT E'a\\';b';", 'postgres')).toEqual(["SELECT E'a\\';b';"]);
    expect(texts("SELECT 1 LIKE'a\\'; SELECT 2;", 'postgres')).toEqual(["SELECT 1 LIKE'a\\';", 'SELECT 2;']);
  });
  it('does not take a backslash in backticks for an escape', () => {
    expect(texts('SELECT `a\\`; SELECT 2;', 'mysql')).toEqual(['SELECT `a\\`;', 'SELECT 2;']);
  });
  it('reads # as a comment in MySQL only', () => {
    expect(texts("# it's\nSELECT 1;", 'mariadb')).toEqual(['SELECT 1;']);
    expect(texts('SELECT 5 # 3;', 'postgres')).toEqual(['SELECT 5 # 3;']);
  });
  it('jumps over dollar quotes, but not over names with dollars', () => {
    expect(texts('DO $x$ BEGIN; END; $x$; SELECT 1;', 'postgres')).toEqual(['DO $x$ BEGIN; END; $x$;', 'SELECT 1;']);
    expect(texts('SELECT a$b$ FROM t; SELECT c$b$;', 'postgres')).toEqual(['SELECT a$b$ FROM t;', 'SELECT c$b$;']);
  });
  it('refuses a dollar quote that is not closed', () => {
    expect(texts('SELECT 1;\nDO $$ BEGIN', 'postgres')).toBe("2:4: unclosed quote '$$'");
  });
  it('names the outermost open parenthesis', () => {
    expect(texts('CREATE TABLE t (id varchar(2;', 'sqlite')).toBe("1:16: unclosed '('");
  });
  it('counts columns in code points', () => {
    expect(texts("SELECT '🚢', 'x", 'sqlite')).toBe("1:13: unclosed quote '\\''");
  });
  it('keeps a trigger whole', () => {
    const trigger = 'CREATE TRIGGER a AFTER INSERT ON t BEGIN\n  UPDATE t SET x = 1;\n  DELETE FROM u;\nEND;';
    expect(texts(`${trigger}\nSELECT 1;`, 'sqlite')).toEqual([trigger, 'SELECT 1;']);
  });
  it('takes BEGIN for a word where no END closes it', () => {
    expect(texts('SELECT begin FROM t;\nSELECT begin + 1 FROM t;', 'mysql')).toEqual([
      'SELECT begin FROM t;',
      'SELECT begin + 1 FROM t;',
    ]);
  });
  it('does not take BEGIN; of a transaction for a block', () => {
    expect(texts('BEGIN;\nSELECT 1;\nEND;', 'postgres')).toEqual(['BEGIN;', 'SELECT 1;', 'END;']);
  });
  it('stays linear in unclosed BEGINs', () => {
    const source = `${'SELECT begin + 1 FROM t;\n'.repeat(20_000)}SELECT 'end';`;
    const began = performance.now();
    expect(texts(source, 'mysql')).toHaveLength(20_001);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
  it('changes the delimiter by command, also a quoted one, and back', () => {
    const source =
      "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\nDELIMITER '$$'\nSELECT 2;$$\ndelimiter ;\nSELECT 3;";
    expect(texts(source, 'mysql')).toEqual(['CREATE PROCEDURE p() BEGIN SELECT 1; END', 'SELECT 2;', 'SELECT 3;']);
  });
  it('takes the delimiter of the first line with its escapes', () => {
    expect(texts('-- atlas:delimiter \\n\\n\nSELECT 1;\nSELECT 2\n\nSELECT 3', 'sqlite')).toEqual([
      'SELECT 1;\nSELECT 2',
      'SELECT 3',
    ]);
  });
  it('keeps the comments above a statement, without those that an empty line parts from it', () => {
    const scanned = scanText('-- far\n\n-- near\n/* too */\nSELECT 1;', SCAN_OPTIONS.sqlite);
    expect(scanned).toEqual({ statements: [{ text: 'SELECT 1;', offset: 26, comments: ['-- near', '/* too */'] }] });
  });
  it('ends T-SQL batches at GO and closes blocks without a semicolon', () => {
    const procedure = 'CREATE PROCEDURE p AS\nBEGIN\n  IF 1 = 1\n  BEGIN\n    SELECT 1\n  END\n  SELECT 2;\nEND';
    expect(texts(`${procedure}\nGO\nSELECT 3`, 'sqlserver')).toEqual([procedure, '', 'SELECT 3']);
  });
});
