import { Scaling, type Service } from '@gantry/contract/schemas/services.ts';
import { verb } from '../declare.ts';
import { wholeNumber } from '../numbers.ts';
import { columns } from '../output.ts';
import { openSession } from '../session.ts';
import { serviceFlags, serviceOf } from '../target.ts';

export const command = verb({
  details:
    'Holds in all environments, for what is deployed from then on: deploy to make it so now. Without flags it prints what is set.',
  flags: {
    ...serviceFlags,
    min: { summary: 'how many run at least, 1 to 20', value: 'number' },
    max: { summary: 'how many run at most under load', value: 'number' },
    size: { summary: 'processor and memory of each', value: 'size', choices: Scaling.shape.size.options },
  },
  examples: ['scale', 'scale --min 2 --max 6', 'scale --size large'],
  async run(context) {
    const { flags, out } = context;
    const session = await openSession(context);
    const { team, project, service } = await serviceOf(context, session, flags);
    const params = { teamId: team.id, projectId: project.id, serviceId: service.id };
    const change = {
      ...(flags.min !== undefined && { minReplicas: wholeNumber('--min', flags.min) }),
      ...(flags.max !== undefined && { maxReplicas: wholeNumber('--max', flags.max) }),
      ...(flags.size !== undefined && { size: flags.size }),
    };
    const changes = Object.keys(change).length > 0;
    const { scaling } = changes
      ? await session.client('services.update', { params, body: { scaling: change } })
      : await session.client('services.get', { params });
    out.result(scaling, textOf(scaling));
    if (changes) out.note('It holds for what is deployed from now on.');
  },
});

function textOf({ minReplicas, maxReplicas, size }: Service['scaling']): string {
  return columns([
    ['At least', String(minReplicas)],
    ['At most', String(maxReplicas)],
    ['Size', size],
  ]);
}
