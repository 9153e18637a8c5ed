import { cut, type Form, JSON_TYPE, type Message, type Secrets } from '../message.ts';

const COLOURS = { bad: 'Attention', good: 'Good', plain: 'Default' } as const;

/** A workflow of Microsoft Teams that takes an adaptive card. https://learn.microsoft.com/en-us/connectors/teams/#microsoft-teams-webhook */
export function teamsForm({ title, detail, tone }: Message, { target }: Secrets): Form {
  const block = (text: string, more: object) => ({ type: 'TextBlock', text: escaped(text), wrap: true, ...more });
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      block(cut(title, 300), { size: 'Medium', weight: 'Bolder', color: COLOURS[tone] }),
      ...(detail === '' ? [] : [block(cut(detail, 3000), {})]),
    ],
  };
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content };
  return { url: target, headers: JSON_TYPE, body: JSON.stringify({ type: 'message', attachments: [attachment] }) };
}

/** Text blocks read a part of Markdown, and HTML entities. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\*_`[\]()#{}~-]/g, '\\$&');
}
