/**
 * Random inputs of `npm test` are the same each time, so that a change is judged by what it changed; a long run looks at others:
 * `FLOTILLA_PROPERTY_SEED=…`, as the fault rig's `orders` does with its own seed.
 */
import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.FLOTILLA_PROPERTY_SEED ?? 1) });
