/** The broker of commands as its own process, which a test can kill. Its argument is its event. */
import { EventEnvelope } from '@gantry/contract/events.ts';
import { runExec } from '@gantry/core/exec/run.ts';

await runExec(EventEnvelope.parse(JSON.parse(process.argv[2] ?? '')));
