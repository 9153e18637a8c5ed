import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { Service } from '@gantry/contract/schemas/services.ts';
import { shortId } from '@gantry/contract/short-id.ts';
import { ago } from '../ago.ts';
import { verb } from '../declare.ts';
import { sourceLine, statusText, whoLine } from '../deployment-text.ts';
import { exitCodeOf, healthRows } from '../health.ts';
import { columns } from '../output.ts';
import { isInFlight, overviewOf } from '../overview.ts';
import { NO_SCHEDULE, scheduleText } from '../service-settings.ts';
import { sourceText } from '../service-source.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';
import { peopleOf } from '../team/people.ts';

export const command = verb({
  flags: targetFlags,
  examples: ['status', 'status --environment staging --json'],
  async run(context) {
    const session = await openSession(context);
    const { client, api } = session;
    const target = await targetOf(context, session, context.flags);
    const { team, project, service, environment } = target;
    const path = pathOf(target);
    const { teamId, projectId, serviceId } = path;
    const [{ live, newest }, settings, who, health] = await Promise.all([
      overviewOf(client, path),
      client('services.get', { params: { teamId, projectId, serviceId } }),
      peopleOf(client, team.id),
      client('deployments.health', { params: path }),
    ]);
    const rows = [
      ['Team', team.slug],
      ['Project', project.slug],
      ['Service', `${service.slug}, ${settings.kind}`],
      ['Environment', environment.slug],
      ['Gantry', api],
      ...settingRows(settings),
      ...(live === undefined ? [['Live', 'nothing yet: deploy with `gantry up`']] : liveRows(live, who)),
      ...healthRows(health, who),
      ...(newest !== undefined && newest.id !== live?.id ? [['Newest', newestText(newest, who)]] : []),
    ];
    const names = { team: team.slug, project: project.slug, service: service.slug, environment: environment.slug };
    context.out.result({ api, ...names, live: live ?? null, newest: newest ?? null, health }, columns(rows));
    process.exitCode = exitCodeOf(health);
  },
});

function settingRows({ kind, source, scaling, ...due }: Service): string[][] {
  const { minReplicas, maxReplicas, size } = scaling;
  const count = minReplicas === maxReplicas ? String(minReplicas) : `${minReplicas} to ${maxReplicas}`;
  return [
    ['Source', sourceText(source)],
    kind === 'cron' ? ['Schedule', scheduleText(due) ?? NO_SCHEDULE] : ['Scale', `${count}, ${size}`],
  ];
}

function liveRows(live: Deployment, who: (userId: string) => string): string[][] {
  const { finishedAt, url, createdAt } = live;
  return [
    ['Live', `${shortId(live.id)}, ${ago(finishedAt ?? createdAt)}, by ${whoLine(live, who)}`],
    ...('commit' in live.source ? [['Commit', sourceLine(live)]] : []),
    ...(url === null ? [] : [['Address', url]]),
  ];
}

function newestText(deployment: Deployment, who: (userId: string) => string): string {
  const { id, steps, reason, createdAt } = deployment;
  const begun = `${shortId(id)}, ${ago(createdAt)}, by ${whoLine(deployment, who)}, ${statusText(deployment)}`;
  if (isInFlight(deployment)) return `${begun}${steps.length === 0 ? '' : `: ${steps.at(-1)?.name}`}`;
  return `${begun}${reason === null ? '' : `: ${reason.detail}`}`;
}
