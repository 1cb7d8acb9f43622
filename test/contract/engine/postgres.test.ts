import { describe } from 'vitest';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { describeEngine } from './engine-contract.ts';
import { describeExpected } from './expected-contract.ts';
import { postgresFixture } from './postgres-fixture.ts';

describe.skipIf((await skipReason(postgresServer)) !== undefined)('Postgres', () => {
  describeEngine(() => postgresFixture('schema'), 'Postgres schemas');
  describeEngine(() => postgresFixture('database'), 'Postgres databases');
  describeExpected(() => postgresFixture('schema'), 'Postgres schemas');
  describeExpected(() => postgresFixture('database'), 'Postgres databases');
});
