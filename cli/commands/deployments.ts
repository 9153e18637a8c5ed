import type { Client } from '@gantry/client/client.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { ago } from '../ago.ts';
import { type Surroundings, verb } from '../declare.ts';
import { statusText, whatLine, whoLine } from '../deployment-text.ts';
import { columns } from '../output.ts';
import { deploymentOf, type Path } from '../overview.ts';
import { planTable } from '../plan-text.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';
import { peopleOf } from '../team/people.ts';

export const command = verb({
  details:
    'The first column is the end of the id, which every command accepts. With a deployment as its argument the command shows only that one: its steps, and how its build made the image.',
  args: { deployment: { summary: 'the deployment to show, or the end of its id', optional: true } },
  flags: { ...targetFlags, limit: { summary: 'how many at most, up to 100; default 10', value: 'number' } },
  examples: ['deployments', 'deployments --limit 50 --json', 'deployments W3V2T1'],
  async run(context) {
    const { args, flags, out } = context;
    const session = await openSession(context);
    const target = await targetOf(context, session, flags);
    if (args.deployment !== undefined) return showOne(out, session.client, pathOf(target), args.deployment);
    const [{ items }, who] = await Promise.all([
      session.client('deployments.list', { params: pathOf(target), query: { limit: flags.limit ?? '10' } }),
      peopleOf(session.client, target.team.id),
    ]);
    const rows = items.map((deployment) => rowOf(deployment, who));
    out.result(items, columns(rows, ['DEPLOYMENT', 'STATUS', 'WHEN', 'TOOK', 'WHO', 'WHAT']));
    if (items.length === 0) out.note('There is none yet. Deploy with `gantry up`.');
  },
});

async function showOne(out: Surroundings['out'], client: Client, path: Path, id: string): Promise<void> {
  const deployment = await deploymentOf(client, path, id);
  const plan = await client('deployments.plan', { params: { ...path, deploymentId: deployment.id } });
  const steps = deployment.steps.map(({ name, status, startedAt, endedAt }) => [
    name,
    status,
    endedAt === null ? '' : tookText(startedAt, endedAt),
  ]);
  const { reason } = deployment;
  const parts = [
    `${deployment.id}: ${statusText(deployment)}, ${whatLine(deployment)}`,
    ...(reason === null ? [] : [reason.detail]),
    columns(steps, ['STEP', 'STATUS', 'TOOK']),
    plan.decisions.length === 0 ? 'Nothing was built for it yet.' : planTable(plan.decisions),
    ...plan.notes.map((note) => `Note: ${note}.`),
  ];
  out.result({ ...deployment, plan }, parts.join('\n\n'));
}

function rowOf(deployment: Deployment, who: (userId: string) => string): string[] {
  const { id, createdAt, queuedAt, finishedAt } = deployment;
  const took = finishedAt === null ? '' : tookText(queuedAt, finishedAt);
  return [shortId(id), statusText(deployment), ago(createdAt), took, whoLine(deployment, who), whatLine(deployment)];
}

function tookText(from: string, to: string): string {
  return `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`;
}
