/** What may hold targets back while a server, or its application, is under strain (fleet.md R15). Also the labels of their metrics. */
export const THROTTLE_KINDS = ['replica_lag', 'threads_running', 'sql', 'http'] as const;
export type ThrottleKind = (typeof THROTTLE_KINDS)[number];
