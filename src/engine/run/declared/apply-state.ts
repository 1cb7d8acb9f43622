import type { RunDeps } from '../apply-context.ts';
import type { Driver } from '../ports.ts';
import type { ApplyCallbacks, ApplyOutcome, DownCallbacks, DownOutcome, MigrationTarget } from '../types.ts';
import { chooseBack, chooseForward } from './choose-way.ts';
import { readyState, realmOf, statementsOf } from './declare.ts';
import { destroyedBy } from './destroyed.ts';
import { CheckSaysNo, runStateJob, type StateEnd, type StateJob } from './on-target.ts';
import type { Declared, StateApplyOptions, StateRevertOptions } from './types.ts';

/** Engine.applyState: brings one target to the desired state, by an approved plan. Never throws for what the database does wrong. */
export async function applyState(
  deps: RunDeps,
  driver: Driver,
  call: {
    readonly target: MigrationTarget;
    readonly declared: Declared;
    readonly options: StateApplyOptions;
    readonly callbacks: ApplyCallbacks;
  },
): Promise<ApplyOutcome> {
  const { target, declared, options, callbacks } = call;
  const state = readyState(declared);
  const { to, exclude } = declared;
  const { onProgress } = callbacks;
  const job: StateJob = {
    ...{ target, state, exclude, options, leadsTo: to },
    callbacks: { ...callbacks, ...(onProgress === undefined ? {} : { onStatement: onProgress }) },
    choose: (realm) => chooseForward(state, realm),
    check: async () => undefined,
    isReached: (realm) => statementsOf(state.dialect, realm, state.desired).length === 0,
  };
  const end = await runStateJob(deps, driver, job);
  switch (end.kind) {
    case 'changed':
      return { kind: 'applied', from: end.from, to, files: [], attempts: end.attempts };
    case 'there': {
      const { resumedFrom } = options;
      if (resumedFrom === undefined || !needsChange(declared, resumedFrom)) return { kind: 'unchanged', current: to };
      return { kind: 'applied', from: resumedFrom, to, files: [], attempts: 1 };
    }
    case 'held':
      return { kind: 'held', ...leftOf(end) };
    case 'cancelled':
      return { kind: 'cancelled', files: [], ...leftOf(end) };
    case 'failed': {
      const from = end.from === undefined ? {} : { from: end.from };
      return { kind: 'failed', ...from, current: end.from ?? null, files: [], ...end.worded };
    }
  }
}

const needsChange = ({ plans }: Declared, from: string): boolean =>
  plans.some((plan) => plan.from === from && 'statements' in plan.forward && plan.forward.statements.length > 0);

const leftOf = ({ from }: Extract<StateEnd, { readonly kind: 'held' | 'cancelled' }>) =>
  from === undefined ? {} : { left: { from, current: from } };

/** Engine.revertState: the way back to the state before, which its plan has kept; nothing that holds data is dropped unasked. */
export async function revertState(
  deps: RunDeps,
  driver: Driver,
  call: {
    readonly target: MigrationTarget;
    readonly declared: Declared;
    readonly options: StateRevertOptions;
    readonly callbacks: DownCallbacks;
  },
): Promise<DownOutcome> {
  const { target, declared, options, callbacks } = call;
  const state = readyState(declared);
  const { to } = options;
  const plan = state.plans.get(to);
  const job: StateJob = {
    ...{ target, state, exclude: declared.exclude, callbacks, leadsTo: to },
    options: { ...options, txMode: 'file' },
    choose: (realm) => chooseBack(state, realm, to),
    check: async (session, realm) => {
      if (options.skipChecks || plan === undefined) return;
      const destroyed = destroyedBy(state.dialect, realm, realmOf(state.dialect, plan));
      for (const question of destroyed.flatMap((one) => driver.dropChecks(one))) {
        const isEmpty = await session.ask(question);
        if (isEmpty === null) continue;
        if (['1', 't', 'true'].includes((await session.ask(isEmpty)) ?? '')) continue;
        throw new CheckSaysNo(
          `check assertion "${isEmpty}" returned false: the target is not taken back, its data would be lost`,
        );
      }
    },
    isReached: (realm) =>
      plan === undefined || statementsOf(state.dialect, realm, realmOf(state.dialect, plan)).length === 0,
  };
  const end = await runStateJob(deps, driver, job);
  switch (end.kind) {
    case 'changed':
      return { kind: 'reverted', from: declared.to, to, files: [], scope: 'versions' };
    case 'there':
      return { kind: 'unchanged', current: to };
    case 'held':
    case 'cancelled':
      return { kind: end.kind };
    case 'failed':
      return { kind: 'failed', current: declared.to, files: [], ...end.worded };
  }
}
