import { describe } from 'vitest';
import { mariadbServer, skipReason } from '../../support/servers.ts';
import { describeHooks } from './hooks-contract.ts';
import { mariadbFixture } from './mariadb-fixture.ts';

describe.skipIf((await skipReason(mariadbServer)) !== undefined)('MariaDB', () => {
  describeHooks(mariadbFixture, 'MariaDB databases');
});
