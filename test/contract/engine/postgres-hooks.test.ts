import { describe } from 'vitest';
import { postgresServer, skipReason } from '../../support/servers.ts';
import { describeHooks } from './hooks-contract.ts';
import { postgresFixture } from './postgres-fixture.ts';

describe.skipIf((await skipReason(postgresServer)) !== undefined)('Postgres', () => {
  describeHooks(() => postgresFixture('schema'), 'Postgres schemas');
  describeHooks(() => postgresFixture('database'), 'Postgres databases');
});
