import { describe, expect, it } from '@jest/globals';
import { type Answer, benches, declare, succeed, thing } from './fixture.ts';

describe('a custom resource', () => {
  const template = (size: number) => ({
    s: {
      Resources: {
        Custom: { Type: 'Custom::Objects', Properties: { ServiceToken: 'arn:f', Size: size, ServiceTimeout: 3 } },
        After: thing({}, { DependsOn: 'Custom' }),
      },
      Outputs: { Color: { Value: { 'Fn::GetAtt': ['Custom', 'Color'] } }, Ref: { Value: { Ref: 'Custom' } } },
    },
  });

  it('is created once, updated when its properties change, and otherwise unchanged', async () => {
    const first = await declare(template(1));
    expect(first.outputs.s).toEqual({ Color: 'red', Ref: 'made' });
    expect(first.invoked).toMatchObject([
      {
        RequestType: 'Create',
        ResourceType: 'Custom::Objects',
        LogicalResourceId: 'Custom',
        ResourceProperties: { Size: '1' },
      },
    ]);
    const [local] = benches;
    const again = await declare(template(1), succeed, local);
    expect([again.invoked, again.outputs.s]).toEqual([[], { Color: 'red', Ref: 'made' }]);
  });

  it.each<[string, Answer, string]>([
    [
      'answers FAILED',
      async ({ ResponseURL }) => {
        await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify({ Status: 'FAILED', Reason: 'no room' }) });
        return { ok: true, payload: null, logTail: '' };
      },
      's/Custom (Custom::Objects): its function answered FAILED: no room',
    ],
    [
      'throws',
      async () => ({ ok: false, errorType: 'TypeError', errorMessage: 'x is undefined', logTail: '' }),
      'its function failed: TypeError: x is undefined',
    ],
    ['ends without an answer', async () => ({ ok: true, payload: null, logTail: '' }), 'without answering'],
    ['never ends', () => new Promise(() => undefined), 'no answer within 3 s'],
  ])('whose function %s fails the start with the reason', async (_what, answer, message) => {
    await expect(declare(template(1), answer)).rejects.toThrow(message);
  });

  it('is answered once, at its own address, by the first who has that address', async () => {
    let statuses: Promise<readonly number[]> | undefined;
    const answerFourTimes = async (url: string) => {
      const put = async (to: string, body: string) => (await fetch(to, { method: 'PUT', body })).status;
      const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'x', Data: { Color: 'blue' } });
      return [await put(`${url}0`, body), await put(url, 'nonsense'), await put(url, body), await put(url, body)];
    };
    await declare(template(1), async ({ ResponseURL }) => {
      statuses = answerFourTimes(ResponseURL);
      await statuses;
      return { ok: true, payload: null, logTail: '' };
    });
    expect(await statuses).toEqual([403, 400, 200, 403]);
  });

  it('gives its values to outputs, and refuses to give them to other resources', async () => {
    const { s } = template(1);
    const taker = thing({ Value: { Ref: 'Custom' } });
    await expect(declare({ s: { ...s, Resources: { ...s.Resources, Taker: taker } } })).rejects.toThrow(
      's/Taker (Test::Thing) takes a value from a custom resource',
    );
  });
});
