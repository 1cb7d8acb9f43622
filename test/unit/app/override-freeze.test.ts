import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { overrideFreeze } from '../../../src/app/override-freeze.ts';
import { saveStatus } from '../../../src/app/save-status.ts';
import { type ControlFixture, controlFixture, olga } from './control-fixture.ts';

const ID = 'glass00001';
const withToken = (name: string) => ({ name, role: 'operator', hasToken: true }) as const;

describe('an override of freezes', () => {
  let f: ControlFixture;
  beforeEach(async () => {
    f = await controlFixture(ID);
    await saveStatus(f.deps, ID, 1, { state: 'running', cause: null, nextVerbs: ['pause'], groups: [], inFlight: 0 });
  });
  afterEach(() => f.close());
  const ask = (actor: Parameters<typeof overrideFreeze>[2]['actor'], approvedBy?: string) =>
    overrideFreeze(f.deps, ID, { actor, reason: 'outage', ...(approvedBy === undefined ? {} : { approvedBy }) });

  it('is asked for with one token and confirmed with another, and only then is the workflow told', async () => {
    const asked = await ask(withToken('olga'));
    expect(asked).toMatchObject({
      next: `flotilla rollout override-freeze ${ID} --reason "…"`,
      freezeOverride: { requestedBy: 'olga', reason: 'outage' },
    });
    expect(asked.freezeOverride).not.toHaveProperty('approvedBy');
    expect(await f.deps.store.undeliveredCommands()).toEqual([]);
    await expect(ask(withToken('olga'))).rejects.toMatchObject({ code: 'SECOND_PERSON_NEEDED' });
    expect(f.told).toEqual([]);
    const confirmed = await ask(withToken('kim'));
    expect(confirmed.freezeOverride).toMatchObject({ requestedBy: 'olga', approvedBy: 'kim' });
    expect(confirmed.next).toBe(`flotilla rollout pause ${ID}`);
    await expect.poll(() => f.told).toMatchObject([{ verb: 'overrideFreeze', by: 'kim' }]);
  });

  it('reaches the workflow also where Temporal is down at the time', async () => {
    f.temporal.isDown = true;
    await ask(withToken('olga'));
    await ask(withToken('kim'));
    expect(await f.deps.store.undeliveredCommands()).toMatchObject([{ verb: 'overrideFreeze' }]);
    f.temporal.isDown = false;
    await expect.poll(() => f.told, { timeout: 5_000 }).toMatchObject([{ verb: 'overrideFreeze' }]);
  });

  it('takes no name on trust where there are tokens', async () => {
    await expect(ask(withToken('olga'), 'kim')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    expect((await f.deps.store.getRollout(ID))?.freezeOverride).toBeNull();
  });

  it.each([undefined, '  ', 'Olga'])('without tokens names another person: %j does not do', async (approvedBy) => {
    await expect(ask(olga, approvedBy)).rejects.toMatchObject({ code: 'SECOND_PERSON_NEEDED' });
    expect((await f.deps.store.getRollout(ID))?.freezeOverride).toBeNull();
    expect((await ask(olga, 'kim')).freezeOverride).toMatchObject({ requestedBy: 'olga', approvedBy: 'kim' });
  });

  it('needs a reason, and a rollout that is not over', async () => {
    const given = { actor: olga, approvedBy: 'kim' };
    await expect(overrideFreeze(f.deps, ID, { ...given, reason: '  ' })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    await saveStatus(f.deps, ID, 1, { state: 'aborted', cause: null, nextVerbs: [], groups: [], inFlight: 0 });
    await expect(ask(olga, 'kim')).rejects.toMatchObject({ code: 'ROLLOUT_OVER' });
  });
});
