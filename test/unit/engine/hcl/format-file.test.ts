import { describe, expect, it } from 'vitest';
import { formatFile } from '../../../../src/engine/hcl/format/format-file.ts';

describe('canonical layout of HCL', () => {
  it.each([
    ['spaces and indents', 'block  "x"  {\n x = 1\n    y     = 2\n}\n', 'block "x" {\n  x = 1\n  y = 2\n}\n'],
    [
      'one column for neighbours',
      'a {\nlong_name=1\nb=2\n\nc=3\n}\n',
      'a {\n  long_name = 1\n  b         = 2\n\n  c = 3\n}\n',
    ],
    ['comments in a column', 'a = 1 # one\nbcd = 22 // two\n# alone\n', 'a   = 1  # one\nbcd = 22 // two\n# alone\n'],
    ['block comments', '/* a\n  b */ x=1\n\ny = /* c */ 2\n', '/* a\n  b */ x = 1\n\ny = /* c */ 2\n'],
    ['brackets over lines', 'x = [\n1,\n2\n]\nyy = f(1 ,2)\n', 'x = [\n  1,\n  2\n]\nyy = f(1, 2)\n'],
    [
      'operators',
      'x=a+b*-c\ny=!d&&e==-1\nz=[for k,v in m:k...]\n',
      'x = a + b * -c\ny = !d && e == -1\nz = [for k, v in m : k...]\n',
    ],
    ['objects', 'x={a=1,b={}}\nc   {}\n', 'x = { a = 1, b = {} }\nc {}\n'],
    ['references', 'x = table . users .column[ "a" ]\ny=a [0].b\n', 'x = table.users.column["a"]\ny = a[0].b\n'],
    ['templates', 'x = "a  ${ b+c }  $${d} \\" ${ {a=1} }"\n', 'x = "a  ${b + c}  $${d} \\" ${ { a = 1 } }"\n'],
    ['conditions', 'x=a?b:c\n', 'x = a ? b : c\n'],
    [
      'heredocs, which are left alone',
      'a {\nx = <<-SQL\n     a  b\n  SQL\n  y=1\n}\n',
      'a {\n  x = <<-SQL\n     a  b\n  SQL\n  y = 1\n}\n',
    ],
    ['no line end at the end', 'x=1', 'x = 1'],
    ['line ends of Windows', 'a{\r\nx=1\r\n}\r\n', 'a {\r\n  x = 1\r\n}\r\n'],
    ['nothing', '', ''],
  ])('%s', (_, text, formatted) => {
    expect(formatFile(text)).toBe(formatted);
    expect(formatFile(formatted)).toBe(formatted);
  });
});
