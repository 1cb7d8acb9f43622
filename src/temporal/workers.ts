import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { RolloutActivities } from '../activities/types.ts';
import type { EventSink } from '../shared/events.ts';
import { ENGINE_QUEUE, ORCHESTRATION_QUEUE } from '../shared/workflow-names.ts';
import type { TemporalAddress } from './target.ts';
import { loadWorkflowBundle } from './workflow-bundle.ts';

export interface WorkersOptions {
  readonly target: TemporalAddress;
  readonly dataConverter: DataConverter;
  readonly roles: { readonly orchestration: boolean; readonly engine: boolean };
  readonly activities: RolloutActivities;
  /** Slices at once in this process. */
  readonly engineSlots: number;
  /** Shown by Temporal for each worker: see worker-identity.ts. */
  readonly identity: string;
  /** How long a shutdown waits for slices in flight before they are told to give up. */
  readonly graceMs: number;
  readonly events: EventSink;
}

export interface Workers {
  /** False once one of them has ended by itself: the process is of no use any more. */
  areRunning(): boolean;
  /** Resolves with the reason when a worker ends without having been asked to. */
  readonly failed: Promise<unknown>;
  /** Takes no more work, waits for what is in flight, closes the connection. */
  stop(): Promise<void>;
}

/** Starts the workers of the roles. The runtime must be installed. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  const { target, roles } = options;
  const { namespace, ...address } = target;
  const bundle = roles.orchestration ? loadWorkflowBundle(options.dataConverter.failureConverterPath) : undefined;
  const connection = await NativeConnection.connect(address);
  const common = {
    connection,
    namespace,
    dataConverter: options.dataConverter,
    identity: options.identity,
    // Autoscaling pollers lost activities on cold starts (7 of 7 runs, SDK 1.24.0 with server 1.32.0): fixed ones lost none.
    workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 5 },
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 5 },
    // With a heartbeat timeout of 4 s the default (60 s, capped at 0.8 of the timeout) would let 3.2 s pass between two.
    maxHeartbeatThrottleInterval: '1s',
    defaultHeartbeatThrottleInterval: '1s',
    shutdownGraceTime: options.graceMs,
    shutdownForceTime: options.graceMs + 5_000,
  } satisfies Partial<WorkerOptions>;
  try {
    const { applySlice, findJoiners, ...orchestration } = options.activities;
    const workers = await Promise.all([
      ...(bundle === undefined
        ? []
        : [
            Worker.create({
              ...common,
              taskQueue: ORCHESTRATION_QUEUE,
              workflowBundle: await bundle,
              activities: orchestration,
              // A rollout is one workflow; the default grows with the heap and has ended processes (sdk-typescript#2227).
              maxCachedWorkflows: 100,
              maxConcurrentWorkflowTaskExecutions: 40,
              maxConcurrentActivityTaskExecutions: 40,
              // After a kill -9 the workflow goes on as soon as this is over, not after the default of 10 s.
              stickyQueueScheduleToStartTimeout: '1s',
            }),
          ]),
      ...(roles.engine
        ? [
            Worker.create({
              ...common,
              taskQueue: ENGINE_QUEUE,
              activities: { applySlice, findJoiners },
              maxConcurrentActivityTaskExecutions: options.engineSlots,
            }),
          ]
        : []),
    ]);
    return supervise(workers, connection, options.events);
  } catch (error) {
    // Where one of two workers was made it holds the connection: what went wrong first is what is to be told.
    await connection.close().catch(() => undefined);
    throw error;
  }
}

function supervise(workers: readonly Worker[], connection: NativeConnection, events: EventSink): Workers {
  const failed = Promise.withResolvers<unknown>();
  let stopping = false;
  const runs = workers.map(async (worker) => {
    try {
      await worker.run();
      if (!stopping) failed.resolve(new Error('a worker ended by itself'));
    } catch (error) {
      if (stopping) {
        // The force time was over: what was in flight is tried again by the next process.
        events.emit({
          kind: 'DaemonNotice',
          level: 'warn',
          message: 'a worker did not drain in time',
          detail: { error: error instanceof Error ? error.message : String(error) },
        });
      } else failed.resolve(error);
    }
  });
  return {
    failed: failed.promise,
    areRunning: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    async stop() {
      stopping = true;
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.all(runs);
      await connection.close();
    },
  };
}
