import { cut, type Form, JSON_TYPE, type Message, type Secrets } from '../message.ts';

const COLOURS = { bad: 0xd92d20, good: 0x12805c, plain: 0x475467 } as const;

/** A webhook of Discord. No text mentions anybody. https://docs.discord.com/developers/resources/webhook#execute-webhook */
export function discordForm({ title, detail, tone, at }: Message, { target }: Secrets): Form {
  const embed = {
    title: cut(escaped(title), 256),
    ...(detail !== '' && { description: cut(escaped(detail), 4096) }),
    ...{ color: COLOURS[tone], timestamp: at },
  };
  const body = JSON.stringify({ embeds: [embed], allowed_mentions: { parse: [] } });
  return { url: target, headers: JSON_TYPE, body };
}

/** Discord's Markdown, links included. */
function escaped(text: string): string {
  return text.replaceAll(/[\\*_~`|<>[\]()#@:-]/g, '\\$&');
}
