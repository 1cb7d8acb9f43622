/** The command: the only file that reads the process and wires what the commands need. */
import { runProgram } from '../cli/program.ts';
import { migrateWiring } from './migrate-wiring.ts';
import { exitAfterFlush, processIo } from './process-io.ts';
import { registerServe } from './serve.ts';
import { registerStore } from './store-commands.ts';

const io = processIo();
const wiring = migrateWiring(io);
const code = await runProgram(process.argv.slice(2), {
  io,
  migrate: async () => wiring.deps,
  extend: (program, exitWith) => {
    registerServe(program, exitWith, io);
    registerStore(program, exitWith, io);
  },
});
await wiring.close();
exitAfterFlush(code);
