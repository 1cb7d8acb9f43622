import { describeEngine } from './engine-contract.ts';
import { sqliteFixture } from './sqlite-fixture.ts';

describeEngine(sqliteFixture, 'SQLite files');
