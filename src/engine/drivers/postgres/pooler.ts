import { DriverError } from '../../run/ports.ts';

/**
 * What cannot be had through a pooler that hands a session of the server to another client after each transaction
 * (pgbouncer.org/features.html, "SQL feature map for pooling modes"). All else that the engine does is in one transaction: its settings are SET LOCAL,
 * its locks transaction-scoped.
 */
const REASONS = {
  'txmode none':
    'statements outside of a transaction (txmode none) need settings and locks of a session, which would stay behind for other clients',
  session:
    'the file sets something for its session, or creates temporary objects, which would stay behind for other clients',
  startup: 'the URL asks for settings of a session, which the pooler refuses',
} as const;

/** @param detail the pooler's own words */
export const throughPooler = (what: keyof typeof REASONS, detail?: string): DriverError =>
  new DriverError(
    'pooler',
    `the URL leads through a pooler (PgBouncer), and ${REASONS[what]}${detail === undefined ? '' : ` (${detail})`}; nothing of this file was run; give the server's own address in the URL`,
    { class: 'permanent', sessionLost: what === 'startup' },
  );
