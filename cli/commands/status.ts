import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { verb } from '../declare.ts';
import { exitCodeOf, healthRows } from '../health.ts';
import { columns } from '../output.ts';
import { isInFlight, overviewOf } from '../overview.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  flags: targetFlags,
  examples: ['status', 'status --environment staging --json'],
  async run(context) {
    const session = await openSession(context);
    const target = await targetOf(context, session, context.flags);
    const path = pathOf(target);
    const { live, newest } = await overviewOf(session.client, path);
    const health = await session.client('deployments.health', { params: path });
    const { team, project, service, environment } = target;
    const rows = [
      ['Team', team.slug],
      ['Project', project.slug],
      ['Service', service.slug],
      ['Environment', environment.slug],
      ['Gantry', session.api],
      [
        'Live',
        live === undefined ? 'nothing yet: deploy with `gantry up`' : `${live.id}, since ${live.finishedAt ?? ''}`,
      ],
      ...healthRows(health),
      ...(live?.url ? [['Address', live.url]] : []),
      ...(newest !== undefined && newest.id !== live?.id ? [['Newest', newestText(newest)]] : []),
    ];
    const names = { team: team.slug, project: project.slug, service: service.slug, environment: environment.slug };
    const value = { api: session.api, ...names, live: live ?? null, newest: newest ?? null, health };
    context.out.result(value, columns(rows));
    process.exitCode = exitCodeOf(health);
  },
});

function newestText(deployment: Deployment): string {
  const { id, status, steps, reason } = deployment;
  if (isInFlight(deployment)) return `${id}, ${status}${steps.length === 0 ? '' : `: ${steps.at(-1)?.name}`}`;
  return `${id}, ${status}${reason === null ? '' : `: ${reason.detail}`}`;
}
