import { describe, expect, it } from '@jest/globals';
import { hintOf } from '../../../../layers/core/notifications/secrets.ts';

/** The kinds that a user gives an address for. */
const BY_ADDRESS = ['webhook', 'slack', 'discord', 'teams'] as const;

describe('the target of a channel', () => {
  it('is on the public internet and secure, and no request begins to another', () => {
    const refused = [
      ...[
        'https://127.0.0.1/',
        'https://[::1]/',
        'https://169.254.169.254/latest',
        'https://10.0.0.1/',
        'https://2130706433/',
      ],
      ...['https://[::ffff:127.0.0.1]/', 'https://0x7f.1/', 'https://[fd00::1]/', 'https://100.64.0.1/'],
      ...[
        'http://hooks.example.com/',
        'ftp://hooks.example.com/',
        'file:///etc/passwd',
        'hooks.example.com',
        'https://u:p@hooks.example.com/',
      ],
    ];
    for (const kind of BY_ADDRESS)
      for (const target of refused)
        expect(() => hintOf(kind, target, false)).toThrow(
          expect.objectContaining({ kind: 'Invalid', fields: [expect.objectContaining({ field: 'body.target' })] }),
        );
  });

  it('is shown by its host, or by the end of its key', () => {
    expect(hintOf('slack', 'https://hooks.slack.com/services/T0/B0/secret', false)).toBe('hooks.slack.com');
    expect(hintOf('pagerduty', 'R0123456789abcdefghij', false)).toBe('…ghij');
    expect(() => hintOf('pagerduty', 'https://events.pagerduty.com', false)).toThrow('PagerDuty');
  });
});
