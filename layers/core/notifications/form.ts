import type { ChannelKind } from '@gantry/contract/schemas/channels.ts';
import { discordForm } from './forms/discord.ts';
import { pagerDutyForm } from './forms/pagerduty.ts';
import { slackForm } from './forms/slack.ts';
import { teamsForm } from './forms/teams.ts';
import { webhookForm } from './forms/webhook.ts';
import type { Form, Message, Secrets } from './message.ts';

/** The form of each kind of channel: a new kind is one file and one row. */
const forms: Readonly<Record<ChannelKind, (message: Message, secrets: Secrets, id: string, now: number) => Form>> = {
  webhook: webhookForm,
  slack: slackForm,
  discord: discordForm,
  teams: teamsForm,
  pagerduty: pagerDutyForm,
};

/** A message as the request of a channel. `now` is in milliseconds since 1970. */
export function formOf(kind: ChannelKind, message: Message, secrets: Secrets, id: string, now: number): Form {
  return forms[kind](message, secrets, id, now);
}
