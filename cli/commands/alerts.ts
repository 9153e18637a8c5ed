import { alertRuleText, alertValueText, proposedAlerts } from '@gantry/contract/alert-rules.ts';
import { alertMetrics, missingDataRules } from '@gantry/contract/enums.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { Alert } from '@gantry/contract/schemas/alerts.ts';
import { ago } from '../ago.ts';
import { type Group, type Surroundings, verb } from '../declare.ts';
import { columns } from '../output.ts';
import { allPages, called } from '../pages.ts';
import { openSession, type Session } from '../session.ts';
import { instantOf } from '../since.ts';
import { type ProjectChoice, pathOf, projectFlags, projectOf, targetFlags, targetOf } from '../target.ts';

const alertArgument = { alert: { summary: 'its name or id' } } as const;
const ruleFlags = {
  above: { summary: 'fire above this value, in the unit of the metric', value: 'number', field: 'body.threshold' },
  window: { summary: 'the minutes that the value is over; default 5', value: 'minutes', field: 'body.windowMinutes' },
  clear: { summary: 'resolve at or below this; default as --above', value: 'number', field: 'body.clearThreshold' },
  calm: { summary: 'resolve after so many calm minutes; default 5', value: 'minutes', field: 'body.calmMinutes' },
  missing: { summary: 'what a window without data counts as; default ok', value: 'state', choices: missingDataRules },
  url: { summary: 'for uptime: the address to check', value: 'address', field: 'body.check.url' },
  status: { summary: 'for uptime: the expected status; default 200', value: 'status', field: 'body.check.status' },
  text: { summary: 'for uptime: a text that the answer contains', value: 'text', field: 'body.check.text' },
} as const;

type RuleFlags = { readonly [K in Exclude<keyof typeof ruleFlags, 'missing'>]: string | undefined } & {
  readonly missing: (typeof missingDataRules)[number] | undefined;
};

const list = verb({
  summary: "A project's alerts and their states",
  flags: projectFlags,
  examples: ['alerts list', 'alerts list --json'],
  async run(context) {
    const { alerts } = await alertsOf(context, context.flags);
    const rows = alerts.map(({ id, name, state, since, ...rule }) => [
      name,
      state,
      ago(since),
      alertRuleText(rule),
      id,
    ]);
    context.out.result(alerts, columns(rows, ['ALERT', 'STATE', 'SINCE', 'RULE', 'ID']));
  },
});

const create = verb({
  summary: 'Create an alert on a metric of the app',
  details:
    'Units: error-rate in percent, p95 in milliseconds, cpu in processors, memory in MB, restarts as their number in the window, uptime in percent of failed checks.',
  args: { name: { summary: 'what it says when it fires' } },
  flags: {
    ...targetFlags,
    metric: { summary: 'what it watches', value: 'metric', choices: alertMetrics },
    ...ruleFlags,
  },
  examples: [
    'alerts create "Too many errors" --metric error-rate --above 5',
    'alerts create Slow --metric p95 --above 800 --window 10',
    'alerts create Down --metric uptime --above 0 --window 2 --url https://shop.example.com/ --text Welcome',
  ],
  async run(context) {
    const { args, flags, out } = context;
    const { metric } = flags;
    const threshold = flags.above === undefined ? undefined : numberOf('--above', flags.above);
    if (metric === undefined || threshold === undefined)
      throw new GantryError('Invalid', 'Say what to watch: --metric with a name, and --above with a value.');
    const session = await openSession(context);
    const { teamId, projectId, serviceId, environmentId } = pathOf(await targetOf(context, session, flags));
    const body = { name: args.name, metric, serviceId, environmentId, ...rule(flags), threshold };
    const alert = await session.client('alerts.create', { params: { teamId, projectId }, body });
    out.result(alert, `Created ${alert.id}: ${alertRuleText(alert)}.`);
  },
});

const propose = verb({
  summary: 'Create the alerts that Gantry proposes for a service, if they are missing',
  flags: targetFlags,
  examples: ['alerts propose', 'alerts propose --service api --environment staging'],
  async run(context) {
    const session = await openSession(context);
    const { teamId, projectId, serviceId, environmentId } = pathOf(await targetOf(context, session, context.flags));
    const params = { teamId, projectId };
    const all = await allPages((query) => session.client('alerts.list', { params, query }));
    const there = all.filter((alert) => alert.serviceId === serviceId && alert.environmentId === environmentId);
    const missing = proposedAlerts.filter(({ metric }) => !there.some((alert) => alert.metric === metric));
    const created: Alert[] = [];
    for (const proposed of missing)
      created.push(await session.client('alerts.create', { params, body: { ...proposed, serviceId, environmentId } }));
    const lines = created.map((alert) => `${alert.name}: ${alertRuleText(alert)}`);
    context.out.result(created, created.length === 0 ? 'The proposed alerts are there already.' : lines.join('\n'));
  },
});

const update = verb({
  summary: 'Change the rule of an alert',
  args: alertArgument,
  flags: { ...projectFlags, name: { summary: 'another name', value: 'name', field: 'body.name' }, ...ruleFlags },
  examples: ['alerts update "Too many errors" --above 10'],
  async run(context) {
    const { flags, out } = context;
    const { session, params } = await alertOf(context);
    const body = { ...(flags.name !== undefined && { name: flags.name }), ...rule(flags) };
    const alert = await session.client('alerts.update', { params, body });
    out.result(alert, `${alert.name}: ${alertRuleText(alert)}.`);
  },
});

const silence = verb({
  summary: 'Hold the notifications of an alert back for a while',
  args: alertArgument,
  flags: {
    ...projectFlags,
    for: { summary: 'how long, such as 2h; default 1h', value: 'duration' },
    end: { summary: 'end its silence now' },
  },
  examples: ['alerts silence "Too many errors" --for 2h', 'alerts silence "Too many errors" --end'],
  async run(context) {
    const { flags, out } = context;
    const { session, params } = await alertOf(context);
    const until = flags.end ? null : ahead(flags.for ?? '1h');
    const alert = await session.client('alerts.silence', { params, body: { until } });
    const { silencedUntil } = alert;
    out.result(
      alert,
      silencedUntil === null
        ? `${alert.name} is no longer silenced.`
        : `${alert.name} is silent until ${silencedUntil}.`,
    );
  },
});

const history = verb({
  summary: 'When an alert fired and resolved, newest first',
  args: alertArgument,
  flags: projectFlags,
  examples: ['alerts history "Too many errors"'],
  async run(context) {
    const { session, params, alert } = await alertOf(context);
    const { items } = await session.client('alerts.history', { params, query: { limit: '100' } });
    const rows = items.map(({ at, from, to, value }) => [
      ...[at, `${from} → ${to}`, value === null ? 'no data' : alertValueText(alert.metric, value)],
    ]);
    context.out.result(items, columns(rows, ['AT', 'CHANGE', 'VALUE']));
  },
});

const remove = verb({
  summary: 'Delete an alert',
  args: alertArgument,
  flags: projectFlags,
  examples: ['alerts delete "Too many errors"'],
  async run(context) {
    const { session, params } = await alertOf(context);
    const alert = await session.client('alerts.delete', { params });
    context.out.result(alert, `Deleted ${alert.name}.`);
  },
});

export const command: Group = { verbs: { list, create, propose, update, silence, history, delete: remove } };

async function alertsOf(context: Surroundings, choice: ProjectChoice) {
  const session: Session = await openSession(context);
  const { team, project } = await projectOf(context, session, choice);
  const params = { teamId: team.id, projectId: project.id };
  return {
    session,
    params,
    project,
    alerts: await allPages((query) => session.client('alerts.list', { params, query })),
  };
}

/** The alert of a command, by its name or id. Throws NotFound with the names that there are, and Conflict for a name of several. */
async function alertOf(
  context: Surroundings & { readonly args: { readonly alert: string }; readonly flags: ProjectChoice },
) {
  const { alert: wanted } = context.args;
  const { alerts, params, session, project } = await alertsOf(context, context.flags);
  const alert = called(alerts, wanted, 'alert', `project ${project.slug}`);
  if (alerts.filter(({ id, name }) => id === wanted || name === wanted).length > 1)
    throw new GantryError('Conflict', `Several alerts are called ${wanted}. Give the id of one: gantry alerts list.`);
  return { session, alert, params: { ...params, alertId: alert.id } };
}

function rule({ above, window, clear, calm, missing, url, status, text }: RuleFlags) {
  const given = (flag: string, field: string, value: string | undefined) =>
    value === undefined ? {} : { [field]: numberOf(flag, value) };
  return {
    ...given('--above', 'threshold', above),
    ...given('--window', 'windowMinutes', window),
    ...given('--clear', 'clearThreshold', clear),
    ...given('--calm', 'calmMinutes', calm),
    ...(missing !== undefined && { missingData: missing }),
    ...(url !== undefined && {
      check: { url, ...given('--status', 'status', status), ...(text !== undefined && { text }) },
    }),
  };
}

function numberOf(flag: string, text: string): number {
  if (!/^\d{1,12}(?:\.\d{1,6})?$/.test(text))
    throw new GantryError('Invalid', `${flag} is ${text}, and must be a number.`);
  return Number(text);
}

/** The end of a duration that begins now. */
function ahead(duration: string): string {
  const now = Date.now();
  return new Date(2 * now - Date.parse(instantOf('--for', duration, now))).toISOString();
}
