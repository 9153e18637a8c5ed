import type { ChannelKind, NoticeType } from '@gantry/contract/schemas/channels.ts';

/** Each kind of channel by its product's name, and what its target is. */
export const channelTexts: Readonly<Record<ChannelKind, readonly [name: string, target: string, example: string]>> = {
  webhook: ['Webhook', 'Address', 'https://hooks.example.com/gantry'],
  slack: ['Slack', 'Address of the incoming webhook', 'https://hooks.slack.com/services/…'],
  discord: ['Discord', 'Address of the webhook', 'https://discord.com/api/webhooks/…'],
  teams: ['Microsoft Teams', 'Address of the workflow', 'https://….logic.azure.com/workflows/…'],
  pagerduty: ['PagerDuty', 'Integration key of Events API v2', 'R0123456789abcdefghij'],
};

/** Groups of notifications, as a form offers them. */
export const noticeGroups: readonly (readonly [label: string, hint: string, types: readonly NoticeType[]])[] = [
  ['Alerts', 'An alert fires or resolves', ['alert.fired', 'alert.resolved']],
  ['Failed deployments', 'A deployment fails', ['deployment.failed']],
  ['Successful deployments', 'A deployment goes live', ['deployment.live']],
  ['Databases', 'A database is ready or fails, a backup fails', ['database.ready', 'database.failed', 'backup.failed']],
  ['Members', 'Somebody joins, leaves or gets another role', ['member.joined', 'member.changed', 'member.removed']],
];

/** What a channel carries, in words. */
export function carriesText(types: readonly NoticeType[]): string {
  if (types.length === 0) return 'everything';
  const whole = noticeGroups.filter(([, , group]) => group.some((type) => types.includes(type)));
  return whole.map(([label]) => label.toLowerCase()).join(', ');
}
