import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { ago } from '../ago.ts';
import { verb } from '../declare.ts';
import { statusText, whatLine, whoLine } from '../deployment-text.ts';
import { columns } from '../output.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';
import { peopleOf } from '../team/people.ts';

export const command = verb({
  details: 'The first column is the end of the id, which every command that takes a deployment understands.',
  flags: { ...targetFlags, limit: { summary: 'how many at most, up to 100; default 10', value: 'number' } },
  examples: ['deployments', 'deployments --limit 50 --json'],
  async run(context) {
    const { flags, out } = context;
    const session = await openSession(context);
    const target = await targetOf(context, session, flags);
    const [{ items }, who] = await Promise.all([
      session.client('deployments.list', { params: pathOf(target), query: { limit: flags.limit ?? '10' } }),
      peopleOf(session.client, target.team.id),
    ]);
    const rows = items.map((deployment) => rowOf(deployment, who));
    out.result(items, columns(rows, ['DEPLOYMENT', 'STATUS', 'WHEN', 'TOOK', 'WHO', 'WHAT']));
    if (items.length === 0) out.note('There is none yet. Deploy with `gantry up`.');
  },
});

function rowOf(deployment: Deployment, who: (userId: string) => string): string[] {
  const { id, createdAt, queuedAt, finishedAt } = deployment;
  const took = finishedAt === null ? '' : `${((Date.parse(finishedAt) - Date.parse(queuedAt)) / 1000).toFixed(1)} s`;
  return [shortId(id), statusText(deployment), ago(createdAt), took, whoLine(deployment, who), whatLine(deployment)];
}
