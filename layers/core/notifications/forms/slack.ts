import { cut, type Form, JSON_TYPE, type Message, type Secrets } from '../message.ts';

/** An incoming webhook of Slack. Plain text blocks show no markup; the text of the notification escapes it. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slackForm({ title, detail }: Message, { target }: Secrets): Form {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  const body = JSON.stringify({
    text: escaped(cut(title, 300)),
    blocks: [
      { type: 'header', text: plain(cut(title, 150)) },
      ...(detail === '' ? [] : [{ type: 'section', text: plain(cut(detail, 3000)) }]),
    ],
  });
  return { url: target, headers: JSON_TYPE, body };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
