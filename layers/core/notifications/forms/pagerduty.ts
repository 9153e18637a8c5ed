import { cut, type Form, JSON_TYPE, type Message, type Secrets } from '../message.ts';

const URL = 'https://events.pagerduty.com/v2/enqueue';
const SEVERITIES = { bad: 'error', good: 'info', plain: 'info' } as const;

/** An event of PagerDuty. What ended well resolves the incident of the same subject. https://developer.pagerduty.com/docs/send-alert-event */
export function pagerDutyForm({ type, title, detail, tone, at, about }: Message, { target }: Secrets): Form {
  const body = JSON.stringify({
    routing_key: target,
    event_action: type === 'alert.resolved' ? 'resolve' : 'trigger',
    dedup_key: about,
    payload: {
      ...{ summary: cut(title, 1024), source: 'gantry', severity: SEVERITIES[tone], timestamp: at },
      custom_details: { detail: cut(detail, 3000), type },
    },
  });
  return { url: URL, headers: JSON_TYPE, body };
}
