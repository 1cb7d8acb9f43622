export interface CommandStore {
  /** Commands that must reach the workflow, also when Temporal is down now: kept until they are delivered. */
  putCommand(
    rolloutId: string,
    command: { readonly id: string; readonly verb: string; readonly payload: Readonly<Record<string, unknown>> },
    nowMs: number,
  ): Promise<void>;
  undeliveredCommands(): Promise<
    readonly {
      readonly rolloutId: string;
      readonly id: string;
      readonly verb: string;
      readonly payload: Readonly<Record<string, unknown>>;
    }[]
  >;
  commandDelivered(id: string): Promise<void>;
}
