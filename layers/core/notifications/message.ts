import type { NoticeType } from '@gantry/contract/schemas/channels.ts';
import * as z from 'zod';

/** A message before it takes the form of a channel. Its texts are as users wrote them: each form escapes them. */
export const Message = z.strictObject({
  type: z.string(),
  /** When it happened, ISO 8601. */
  at: z.string(),
  title: z.string(),
  detail: z.string(),
  /** `bad` for what asks for help, `good` for what ended well. */
  tone: z.enum(['bad', 'good', 'plain']),
  /** The same for all messages about one thing: the alert's id. */
  about: z.string(),
  /** The subject as the API shows it. */
  data: z.unknown(),
});
export type Message = z.infer<typeof Message> & { readonly type: NoticeType | 'test' };

/** A request in the form of a channel. */
export interface Form {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a channel's secrets hold. */
export interface Secrets {
  readonly target: string;
  /** Only of a webhook. */
  readonly secret?: string;
}

export const JSON_TYPE = { 'content-type': 'application/json' } as const;

/** A text cut to `most` characters, whole code points only. */
export function cut(text: string, most: number): string {
  const points = [...text];
  return points.length <= most ? text : `${points.slice(0, most - 1).join('')}…`;
}
