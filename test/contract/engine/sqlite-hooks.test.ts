import { describeHooks } from './hooks-contract.ts';
import { sqliteFixture } from './sqlite-fixture.ts';

describeHooks(sqliteFixture, 'SQLite files');
