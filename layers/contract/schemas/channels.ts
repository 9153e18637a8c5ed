import * as z from 'zod';
import { channelKinds, noticeStatuses, noticeTypes } from '../enums.ts';
import { idSchema } from '../ids.ts';
import { DisplayName, Instant } from './common.ts';

export const ChannelKind = z.enum(channelKinds).meta({
  id: 'ChannelKind',
  description: 'webhook: JSON signed by the Standard Webhooks scheme; the others: messages in the form of that product',
});
export type ChannelKind = z.infer<typeof ChannelKind>;

export const NoticeType = z.enum(noticeTypes).meta({ id: 'NoticeType' });
export type NoticeType = z.infer<typeof NoticeType>;

const routing = {
  types: z
    .array(NoticeType)
    .max(noticeTypes.length)
    .meta({ description: 'Only these notifications; an empty list is all of them', example: ['backup.failed'] }),
  projectIds: z
    .array(idSchema('project'))
    .max(20)
    .meta({ description: 'Only about these projects; an empty list is the whole team', example: [] }),
  environmentIds: z
    .array(idSchema('environment'))
    .max(50)
    .meta({ description: 'Only about these environments; an empty list is all of them' }),
};

const Target = z.string().min(1).max(2048).meta({
  description:
    'The address that gets the requests, https://…; for PagerDuty the integration key. Gantry keeps it sealed',
  example: 'https://hooks.example.com/gantry',
});

/** A receiver of notifications outside of Gantry. Its address is a secret, and is shown in part. */
export const Channel = z
  .strictObject({
    id: idSchema('channel'),
    name: DisplayName,
    kind: ChannelKind,
    hint: z
      .string()
      .meta({ description: 'The host of the receiver, or the end of its key', example: 'hooks.example.com' }),
    ...routing,
    createdAt: Instant,
    version: z.int(),
  })
  .meta({ id: 'Channel' });
export type Channel = z.infer<typeof Channel>;

const optionalRouting = z.strictObject(routing).partial().shape;

export const NewChannel = z
  .strictObject({ name: DisplayName, kind: ChannelKind, target: Target, ...optionalRouting })
  .meta({ id: 'NewChannel' });
export type NewChannel = z.infer<typeof NewChannel>;

export const CreatedChannel = z
  .strictObject({
    channel: Channel,
    secret: z.string().nullable().meta({
      description:
        'Verifies the requests of a webhook by the Standard Webhooks scheme. Only this answer holds it; null for other kinds',
      example: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
    }),
  })
  .meta({ id: 'CreatedChannel' });
export type CreatedChannel = z.infer<typeof CreatedChannel>;

export const ChannelChange = z
  .strictObject({ name: DisplayName.optional(), target: Target.optional(), ...optionalRouting })
  .meta({ id: 'ChannelChange', example: { name: 'Operations' } });
export type ChannelChange = z.infer<typeof ChannelChange>;

/** One request to the receiver. */
export const Attempt = z
  .strictObject({
    at: Instant,
    status: z.int().nullable().meta({ description: 'The HTTP status; null without an answer', example: 204 }),
    ms: z.int().meta({ example: 120 }),
    error: z.string().nullable().meta({ description: 'Why it failed; null otherwise', example: null }),
  })
  .meta({ id: 'DeliveryAttempt' });
export type Attempt = z.infer<typeof Attempt>;

/** One message to one channel, with every attempt to deliver it. */
export const Notice = z
  .strictObject({
    id: idSchema('notice'),
    channelId: idSchema('channel'),
    type: z.union([NoticeType, z.literal('test')]).meta({ example: 'alert.fired' }),
    title: z.string(),
    status: z.enum(noticeStatuses),
    attempts: z.array(Attempt).meta({ description: 'Oldest first; of many the last ten' }),
    nextAt: Instant.nullable().meta({ description: 'When the next attempt is due; null after the last' }),
    createdAt: Instant,
  })
  .meta({ id: 'Notice' });
export type Notice = z.infer<typeof Notice>;

/** For the platform itself: a notice waits for its delivery. */
export const NoticeRequested = z.strictObject({ channelId: idSchema('channel'), noticeId: idSchema('notice') });
