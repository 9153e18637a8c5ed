#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
import { print, run, UsageError } from './command.ts';
import { STAGE_USAGE } from './options.ts';

interface Verb {
  readonly summary: string;
  load(): Promise<{ readonly command: (args: readonly string[]) => Promise<number> }>;
}

/** Every command, in the order of an installation's life. */
const verbs: Readonly<Record<string, Verb>> = {
  preflight: {
    summary: 'Check whether the account can hold an installation, and list the quotas to request',
    load: () => import('./commands/preflight.ts'),
  },
  deploy: {
    summary: 'Deploy every stack, then deploy a test app and request its public address',
    load: () => import('./commands/deploy.ts'),
  },
  smoke: {
    summary: 'Deploy a test app and request its public address',
    load: () => import('./commands/smoke.ts'),
  },
  status: {
    summary: 'Show stacks, alarms, dead letters, reconciliation, the load balancer and nodes',
    load: () => import('./commands/status.ts'),
  },
  upgrade: {
    summary: 'Compare the deployed version with this one, and refuse changes that would lose data',
    load: () => import('./commands/upgrade.ts'),
  },
  export: { summary: 'Write the records and accounts into a folder', load: () => import('./commands/export.ts') },
  import: { summary: 'Read the records and accounts of a folder', load: () => import('./commands/import.ts') },
  destroy: {
    summary: 'List the data that will be lost, and remove everything',
    load: () => import('./commands/destroy.ts'),
  },
};

const width = Math.max(...Object.keys(verbs).map((name) => name.length));
const USAGE = `Usage: npx gantry-ops <command> [--stage <stage>]

${Object.entries(verbs)
  .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  .join('\n')}

${STAGE_USAGE}
npx gantry-ops <command> --help says more.`;

await run('Not done', async ([name, ...args]) => {
  if (name === undefined || name === '--help' || name === '-h') return print(USAGE, 0);
  const verb = verbs[name];
  if (verb === undefined) throw new UsageError(`There is no command ${name}.\n\n${USAGE}`);
  const { command } = await verb.load();
  return command(args);
});
