import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { App } from '../../app/app.ts';
import { requireOperator } from '../authenticate.ts';
import { rolloutView } from '../schemas/rollout.ts';
import { personName, problems, rolloutId } from '../schemas/shared.ts';

const reason = z.string().max(2_000).exactOptional();
const targetIds = z.array(z.string().min(1)).min(1).max(10_000);

const verb = <B extends z.ZodType>(summary: string, body: B) => ({
  schema: { summary, tags: ['verbs'], params: rolloutId, body, response: { 200: rolloutView, ...problems } },
});

/** A verb without arguments may come without a body. */
const plain = z
  .strictObject({ reason })
  .nullish()
  .transform((body) => body ?? {});

/** The operator's verbs; each answers once it holds. */
export const verbRoutes =
  (app: App): FastifyPluginAsyncZod =>
  async (server) => {
    server.addHook('onRequest', async (request) => requireOperator(request.actor));
    const pause = z
      .strictObject({
        reason,
        now: z
          .boolean()
          .exactOptional()
          .describe('cancel what is in flight too: it is pending again; answers once nothing is in flight any more'),
      })
      .nullish()
      .transform((body) => body ?? {});
    server.post('/rollouts/:id/pause', verb('Start no more targets', pause), ({ params, body, actor }) =>
      app.pauseRollout(params.id, { actor, ...body }),
    );
    server.post('/rollouts/:id/resume', verb('Go on after a pause', plain), ({ params, body, actor }) =>
      app.resumeRollout(params.id, { actor, ...body }),
    );
    server.post('/rollouts/:id/promote', verb('End a bake at once', plain), ({ params, body, actor }) =>
      app.promoteRollout(params.id, { actor, ...body }),
    );
    server.post('/rollouts/:id/abort', verb('Start no more targets, ever', plain), ({ params, body, actor }) =>
      app.abortRollout(params.id, { actor, ...body }),
    );
    const approval = z
      .strictObject({ reason, group: z.string().exactOptional() })
      .nullish()
      .transform((body) => body ?? {});
    server.post('/rollouts/:id/approve', verb('Let a group run', approval), ({ params, body, actor }) =>
      app.approveRollout(params.id, { actor, ...body }),
    );
    const override = z.strictObject({ reason: z.string().min(1).max(2_000), approvedBy: personName.exactOptional() });
    server.post(
      '/rollouts/:id/override-freeze',
      verb('Override freezes and allowed times: ask for it, or confirm it as the second person', override),
      ({ params, body, actor }) => app.overrideFreeze(params.id, { actor, ...body }),
    );
    const lift = z.strictObject({ reason: z.string().min(1).max(2_000), throttle: z.string().min(1).max(200) });
    server.post('/rollouts/:id/lift-throttle', verb('Let a throttle hold no more', lift), ({ params, body, actor }) =>
      app.liftThrottle(params.id, { actor, ...body }),
    );
    const retry = z
      .strictObject({ reason, targets: targetIds.exactOptional(), group: z.string().exactOptional() })
      .nullish()
      .transform((body) => body ?? {});
    server.post('/rollouts/:id/retry', verb('Failed targets are pending again', retry), ({ params, body, actor }) =>
      app.retryTargets(params.id, { actor, ...body }),
    );
    const skip = z.strictObject({ targets: targetIds, reason: z.string().min(1).max(2_000) });
    server.post('/rollouts/:id/skip', verb('Leave targets out', skip), ({ params, body, actor }) =>
      app.skipTargets(params.id, { actor, ...body }),
    );
    const revert = z
      .strictObject({
        reason,
        targets: targetIds.exactOptional(),
        group: z.string().exactOptional(),
        skipChecks: z.boolean().exactOptional(),
      })
      .nullish()
      .transform((body) => body ?? {});
    server.post('/rollouts/:id/revert', verb('Take back what was applied', revert), ({ params, body, actor }) =>
      app.revertRollout(params.id, { actor, ...body }),
    );
    const limit = z.int().nonnegative().max(1_000_000);
    const limits = z.strictObject({
      reason,
      group: z.string().min(1),
      parallel: limit.min(1).exactOptional(),
      perHost: limit.min(1).nullable().exactOptional(),
      maxFailures: limit.nullable().exactOptional(),
      bakeMs: z
        .number()
        .nonnegative()
        .max(366 * 86_400_000)
        .exactOptional(),
    });
    server.post('/rollouts/:id/set', verb('Change the limits of a group', limits), ({ params, body, actor }) =>
      app.setLimits(params.id, { actor, ...body }),
    );
  };
