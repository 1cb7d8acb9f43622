import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppDeps } from '../../../src/app/deps.ts';
import { createGateReader } from '../../../src/app/gate-reader.ts';
import { createHeldStarts } from '../../../src/app/held-starts.ts';
import { createHostLimits } from '../../../src/app/host-limits.ts';
import type { Projects } from '../../../src/app/ports.ts';
import type { SliceDeps, SliceInput } from '../../../src/app/run-slice.ts';
import { createRunningTargets } from '../../../src/app/running-targets.ts';
import type { AppSettings } from '../../../src/app/settings.ts';
import { writeSnapshot } from '../../../src/app/snapshot.ts';
import type { StartPolicy } from '../../../src/app/start-policies/start-policy.ts';
import { createTargetResolver } from '../../../src/app/target-resolver.ts';
import type { EvaluatedTarget } from '../../../src/config/types.ts';
import {
  type ApplyCallbacks,
  type ApplyOutcome,
  type DatabaseUrl,
  DEFAULT_LIMITS,
  type Engine,
  hashDirectory,
  type MigrationTarget,
  parseDatabaseUrl,
  type SurveyOutcome,
} from '../../../src/engine/index.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import type { FlotillaEvent } from '../../../src/shared/events.ts';
import type { TargetError } from '../../../src/shared/states.ts';
import { openStore } from '../../../src/store/open-store.ts';
import type { RolloutRow, Store } from '../../../src/store/types.ts';
import { newRollout } from '../../contract/store/new-rollout.ts';
import { NO_DESIRED_STATE } from '../../support/no-desired-state.ts';
import { STORE_KEY } from '../../support/store-key.ts';

export const realClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
};

export const HOST = 'db-1:5432';

/** A URL as the engine makes them, with a secret in it. */
export const urlOf = (name: string, host = HOST): DatabaseUrl =>
  parseDatabaseUrl(`postgres://app:s3cret@${host}/${name}`);

export const failure = (kind: TargetError['class'], code = 'X'): ApplyOutcome => ({
  kind: 'failed',
  current: '1',
  files: [],
  error: { class: kind, code, message: `message of ${code}`, fingerprint: code },
  text: '',
});
export const applied: ApplyOutcome = { kind: 'applied', from: '1', to: '2', files: [], attempts: 1 };

export const SETTINGS: AppSettings = {
  limits: DEFAULT_LIMITS,
  lockRetries: 0,
  maxPerHost: 4,
  maxPerHour: 0,
  lockWaitMs: 1_000,
  backoffMs: [10, 20],
  maxShrink: { percent: 10 },
  quarantineAfter: 0,
  operatorVersion: 'Flotilla test',
};

const FILES = { '1_first.sql': 'SELECT 1;\n', '2_second.sql': 'SELECT 2;\n' };
export const DIRECTORY = { files: { ...FILES, 'atlas.sum': hashDirectory(FILES, 'atlas') }, format: 'atlas' };

type ApplyFake = (target: MigrationTarget, callbacks: ApplyCallbacks) => Promise<ApplyOutcome>;

export interface SliceFixture {
  readonly deps: SliceDeps;
  readonly store: Store;
  readonly events: FlotillaEvent[];
  /** Ids in the order in which the engine was asked for them. */
  readonly asked: string[];
  /** Replaces what the engine does; it asks the gate first, as the real one does. */
  engine: { apply: ApplyFake; survey: ((ids: readonly string[]) => readonly SurveyOutcome[]) | undefined };
  /** Targets that the project has now, by id. */
  readonly project: Map<string, DatabaseUrl>;
  evaluations: number;
  /** Held back by it; by default nothing is. */
  policy: StartPolicy;
  /** What the engine finds of an earlier try, by id: done, or what it left behind a closed gate. */
  readonly found: Map<string, ApplyOutcome>;
  input(sliceId: string, more?: Partial<SliceInput>): SliceInput;
  readonly never: AbortSignal;
  close(): Promise<void>;
}

/** A rollout of twelve targets on one host in a real store, its gate open at epoch 1, before a fake engine and project. */
export async function sliceFixture(id = 'slices0001', trace: RolloutRow['trace'] = null): Promise<SliceFixture> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flotilla-slice-'));
  const store = await openStore({ file: path.join(folder, 'store.db'), key: STORE_KEY }, Date.now());
  const rollout = newRollout(id, { hosts: [HOST], perHost: 13, trace });
  const artifacts = await writeSnapshot(store, { project: { 'atlas.hcl': '' }, change: DIRECTORY }, 0);
  await store.createRollout(
    { ...rollout, row: { ...rollout.row, toVersion: '2', ...artifacts } },
    { kind: 'Made', actor: 'test', data: {} },
  );
  await store.takeOver(id);
  await store.openGate(id, { epoch: 1, knownPauseSeq: 0 });

  const project = new Map(Array.from({ length: 13 }, (_, i) => [`t${i}@${HOST}`, urlOf(`t${i}`)]));
  const events: FlotillaEvent[] = [];
  const asked: string[] = [];
  const fixture = {
    evaluations: 0,
    found: new Map<string, ApplyOutcome>(),
    policy: (() => undefined) as StartPolicy,
    engine: { apply: async () => applied, survey: undefined } as SliceFixture['engine'],
  };
  const engine: AppDeps['engine'] & Pick<Engine, 'inFlight'> = {
    ...NO_DESIRED_STATE,
    async apply(target, _directory, _options, callbacks = {}) {
      const found = fixture.found.get(target.id);
      if (found?.kind === 'applied') return found;
      if ((await callbacks.mayStart?.()) === false) return found ?? { kind: 'held' };
      asked.push(target.id);
      return fixture.engine.apply(target, callbacks);
    },
    down: async () => {
      throw new Error('no way back is asked for here');
    },
    survey: async (targets) => fixture.engine.survey?.(targets.map((target) => target.id)) ?? [],
    surveysTogether: () => fixture.engine.survey !== undefined,
    inFlight: () => [],
  };
  const projects: Projects = {
    names: () => ['p'],
    readDirectory: async () => DIRECTORY,
    async evaluate() {
      fixture.evaluations += 1;
      return { value: evaluated(project), diagnostics: [] };
    },
  };
  const deps: SliceDeps = {
    store,
    engine,
    resolver: createTargetResolver({ store, projects, clock: realClock }),
    gates: createGateReader(store, realClock),
    policies: [(question) => fixture.policy(question)],
    hosts: createHostLimits(4),
    running: createRunningTargets(engine, realClock),
    held: createHeldStarts(realClock),
    events: { emit: (event) => events.push(event) },
    clock: realClock,
    settings: SETTINGS,
  };
  return Object.assign(fixture, {
    deps,
    store,
    events,
    asked,
    project,
    never: new AbortController().signal,
    input: (sliceId: string, more: Partial<SliceInput> = {}): SliceInput => ({
      rolloutId: id,
      epoch: 1,
      sliceId,
      group: 'rest',
      host: HOST,
      maxTargets: 4,
      maxMs: 60_000,
      failureAllowance: null,
      pass: 1,
      lastPass: false,
      ...more,
    }),
    async close() {
      await store.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  });
}

const evaluated = (project: ReadonlyMap<string, DatabaseUrl>) => ({
  envs: Array.from(project, ([id, url]) => {
    const target: EvaluatedTarget = { id, url, labels: {}, matches: [], orderKeys: [] };
    const migration = { dir: 'file://migrations' };
    return { name: 'prod', src: [], schemas: [], exclude: [], formats: {}, migration, target };
  }),
  deployment: undefined,
  filesRead: { 'atlas.hcl': '' },
  memoryDirectories: {},
  schemaSources: {},
});
