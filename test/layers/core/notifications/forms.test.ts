import { createHmac } from 'node:crypto';
import { channelKinds } from '@gantry/contract/enums.ts';
import { describe, expect, it } from '@jest/globals';
import { formOf } from '../../../../layers/core/notifications/form.ts';
import type { Message } from '../../../../layers/core/notifications/message.ts';

const message: Message = {
  ...{ type: 'alert.fired', at: '2026-11-30T12:00:00.000Z', title: 'Firing: Errors, shop/web in production' },
  ...{ detail: 'Error rate above 5 % over 5 minutes; now 12 %.', tone: 'bad', about: 'alr_1', data: { id: 'alr_1' } },
};
const target = 'https://hooks.example.com/secret';
const ID = 'ntc_01J8Z3N5W4Q8R7T6Y5X4W3V2T1';
const NOW = 1_764_500_000_123;

describe('a message as a request', () => {
  it('of a webhook has the signature that the Standard Webhooks scheme verifies', () => {
    // The example of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    const secret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
    const { headers, body, url } = formOf('webhook', message, { target, secret }, ID, NOW);
    expect(url).toBe(target);
    expect(JSON.parse(body)).toEqual({ type: 'alert.fired', timestamp: message.at, data: { id: 'alr_1' } });
    const key = Buffer.from('C2FVsBQIhrscChlQIMV+b5sSYspob7oD', 'base64');
    const signed = createHmac('sha256', key).update(`${ID}.1764500000.${body}`).digest('base64');
    expect(headers).toEqual({
      ...{ 'content-type': 'application/json', 'webhook-id': ID, 'webhook-timestamp': '1764500000' },
      'webhook-signature': `v1,${signed}`,
    });
  });

  it('goes to the fixed address of PagerDuty, and resolves the incident that it opened', () => {
    const key = 'R0123456789abcdefghij';
    const fired = formOf('pagerduty', message, { target: key }, ID, NOW);
    const resolved = formOf(
      'pagerduty',
      { ...message, type: 'alert.resolved', tone: 'good' },
      { target: key },
      ID,
      NOW,
    );
    expect([fired.url, resolved.url]).toEqual(Array(2).fill('https://events.pagerduty.com/v2/enqueue'));
    expect(JSON.parse(fired.body)).toMatchObject({ routing_key: key, event_action: 'trigger', dedup_key: 'alr_1' });
    expect(JSON.parse(resolved.body)).toMatchObject({ event_action: 'resolve', dedup_key: 'alr_1' });
  });

  it('mentions nobody, links nowhere and stays JSON, whatever a user wrote into a name', () => {
    const hostile = '<!channel> <https://evil.example|x> @everyone [x](https://evil.example) *b* `c` "\u0000\\';
    for (const kind of channelKinds) {
      const { body } = formOf(
        kind,
        { ...message, title: hostile, detail: hostile },
        { target, secret: 'whsec_AAAA' },
        ID,
        NOW,
      );
      expect(() => JSON.parse(body)).not.toThrow();
    }
    const slack = formOf('slack', { ...message, title: hostile }, { target }, ID, NOW).body;
    expect(JSON.parse(slack)).toMatchObject({
      text: expect.stringContaining('&lt;!channel&gt; &lt;https://evil.example|x&gt;'),
      blocks: [{ text: { type: 'plain_text' } }, { text: { type: 'plain_text' } }],
    });
    const discord = JSON.parse(formOf('discord', { ...message, title: hostile }, { target }, ID, NOW).body);
    expect(discord.allowed_mentions).toEqual({ parse: [] });
    expect(discord.embeds[0].title).toContain('\\[x\\]\\(https\\://evil.example\\)');
    const teams = JSON.parse(formOf('teams', { ...message, title: hostile }, { target }, ID, NOW).body);
    expect(teams.attachments[0].content.body[0].text).toContain('&lt;!channel> &lt;https://evil.example|x>');
    expect(teams.attachments[0].content.body[0].text).toContain('\\[x\\]\\(https://evil.example\\)');
  });

  it('is cut to the length that each product takes', () => {
    const long = '😀'.repeat(10_000);
    const of = (kind: (typeof channelKinds)[number]) =>
      JSON.parse(formOf(kind, { ...message, title: long, detail: long }, { target }, ID, NOW).body);
    expect([...of('slack').blocks[0].text.text]).toHaveLength(150);
    expect([...of('discord').embeds[0].title]).toHaveLength(256);
    expect([...of('pagerduty').payload.summary]).toHaveLength(1024);
  });
});
