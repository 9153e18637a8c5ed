/** The broker of commands as a process of its own, which a test can kill: it gets its event as an argument. */
import { EventEnvelope } from '@gantry/contract/events.ts';
import { runExec } from '@gantry/core/exec/run.ts';

await runExec(EventEnvelope.parse(JSON.parse(process.argv[2] ?? '')));
