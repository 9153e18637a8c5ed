import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import { verb } from '../declare.ts';
import { columns } from '../output.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';

export const command = verb({
  flags: { ...targetFlags, limit: { summary: 'how many at most, up to 100; 10 where absent', value: 'number' } },
  examples: ['deployments', 'deployments --limit 50 --json'],
  async run(context) {
    const { flags, out } = context;
    const session = await openSession(context);
    const path = pathOf(await targetOf(context, session, flags));
    const { items } = await session.client('deployments.list', {
      params: path,
      query: { limit: flags.limit ?? '10' },
    });
    out.result(items, columns(items.map(rowOf), ['DEPLOYMENT', 'STATUS', 'CREATED', 'TOOK', 'SOURCE']));
  },
});

function rowOf({ id, status, createdAt, queuedAt, finishedAt, source }: Deployment): string[] {
  const took = finishedAt === null ? '' : `${((Date.parse(finishedAt) - Date.parse(queuedAt)) / 1000).toFixed(1)} s`;
  return [id, status, createdAt.slice(0, 19).replace('T', ' '), took, sourceText(source)];
}

function sourceText(source: Deployment['source']): string {
  switch (source.kind) {
    case 'upload':
      return 'upload';
    case 'release':
      return 'rollback';
    case 'image':
      return source.reference;
    default:
      return `${source.branch} ${source.commit?.id.slice(0, 7) ?? ''} ${source.commit?.message ?? ''}`.trimEnd();
  }
}
