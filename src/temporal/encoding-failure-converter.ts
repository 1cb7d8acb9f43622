import { DefaultFailureConverter } from '@temporalio/common';

/** Messages and stacks of failures become a payload, so that they are encrypted as every other one. Loaded by its path, also into the workflows' sandbox. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
