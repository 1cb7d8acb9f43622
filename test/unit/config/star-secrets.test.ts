import { describe, expect, it } from 'vitest';
import { starSecrets } from '../../../src/config/star-secrets.ts';

describe('a line of a file that is shown', () => {
  it.each([
    ['url = "postgres://u:p4ss@h/d"', 'url = "postgres://u:****@h/d"'],
    ['url = "postgres://u:p4$${x}s@h/d"', 'url = "postgres://u:********@h/d"'],
    [
      'url = "postgres://u@h/d?password=p4ss&sslmode=disable"',
      'url = "postgres://u@h/d?password=****&sslmode=disable"',
    ],
    ['  password = "p4ss"', '  password = "****"'],
    ['  api_key: p4ss # mine', '  api_key: **** # mine'],
    ['{api_key: "p4ss", address: h}', '{api_key: "****", address: h}'],
    ['password = getenv("DB_PASSWORD")', 'password = getenv("DB_PASSWORD")'],
    ['variable "token" {', 'variable "token" {'],
    ['match = var.tier == "internal"', 'match = var.tier == "internal"'],
  ])('%s', (line, shown) => {
    expect(starSecrets(line)).toBe(shown);
    expect(shown).toHaveLength(line.length);
  });
});
