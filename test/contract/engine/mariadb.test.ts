import { describe } from 'vitest';
import { mariadbServer, skipReason } from '../../support/servers.ts';
import { describeEngine } from './engine-contract.ts';
import { mariadbFixture } from './mariadb-fixture.ts';

describe.skipIf((await skipReason(mariadbServer)) !== undefined)('MariaDB', () => {
  describeEngine(mariadbFixture, 'MariaDB databases');
});
