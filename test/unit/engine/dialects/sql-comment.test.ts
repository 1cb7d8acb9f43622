import { expect, it } from 'vitest';
import { printComment, withComment } from '../../../../src/engine/dialects/sql-comment.ts';

const COMMENT = "/*traceparent='00-a-b-01'*/";

it('prints tags by their keys, URL-encoded, so that no value ends the comment', () => {
  expect(printComment({ traceparent: '00-a-b-01' })).toBe(COMMENT);
  expect(printComment({ tracestate: 'ci=a,b', 'a key': "it's */ x" })).toBe(
    "/*a%20key='it%27s%20%2A%2F%20x',tracestate='ci%3Da%2Cb'*/",
  );
});

it('comes behind the statement, before a semicolon at its end', () => {
  expect(withComment('DROP TABLE a', COMMENT)).toBe(`DROP TABLE a ${COMMENT}`);
  expect(withComment('DROP TABLE a;\n', COMMENT)).toBe(`DROP TABLE a ${COMMENT};`);
  expect(withComment('CREATE FUNCTION f() AS $$ SELECT 1; $$ LANGUAGE sql;', COMMENT)).toBe(
    `CREATE FUNCTION f() AS $$ SELECT 1; $$ LANGUAGE sql ${COMMENT};`,
  );
  expect(withComment('DROP TABLE a', undefined)).toBe('DROP TABLE a');
});

it.each(['DROP TABLE a -- gone', '/*!40101 SET NAMES utf8 */', "INSERT INTO a VALUES ('--')", 'DROP TABLE a # gone'])(
  'leaves alone what has a comment, or might have: %s',
  (statement) => {
    expect(withComment(statement, COMMENT)).toBe(statement);
  },
);
