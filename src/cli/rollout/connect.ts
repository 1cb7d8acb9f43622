import type { Io } from '../io.ts';
import { createDaemonClient, type DaemonClient } from '../remote/daemon-client.ts';

/** The daemon that FLOTILLA_ADDR names, with the token of FLOTILLA_TOKEN. */
export const connect = (io: Io): DaemonClient =>
  createDaemonClient({
    address: io.env.FLOTILLA_ADDR,
    token: io.env.FLOTILLA_TOKEN,
    actor: io.env.FLOTILLA_ACTOR ?? io.env.USER ?? io.env.LOGNAME,
  });
