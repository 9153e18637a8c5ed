import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { ServiceChange } from '@gantry/contract/schemas/services.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { patience } from '../patience.ts';

export { until } from '../until.ts';

/** One file for Node. It installs nothing, because npm would take most of the build. */
export const app = join(import.meta.dirname, '../fixtures/apps/node-program');

/** An app that answers with a text. `first` runs before it listens. */
export const answering = (text: string, first = ''): Record<string, string> => ({
  'index.js': `${first}
require('node:http').createServer((_request, response) => response.end(${JSON.stringify(text)}))
  .listen(Number(process.env.PORT));
process.once('SIGTERM', () => process.exit(0));`,
});

/** An app that is only this program. */
export const running = (program: string): Record<string, string> => ({ 'index.js': program });

/** A developer's actions on a service, each in a word. */
export function developer(client: Client) {
  const at = (target: Target, { id }: Pick<Deployment, 'id'>) => ({ params: { ...target, deploymentId: id } });
  const queue = async (target: Target, files: Record<string, string>) =>
    upload(client, target, await archiveOf(app, files));
  const end = (target: Target, { id }: Pick<Deployment, 'id'>) =>
    follow(client, target, id, undefined, patience(60_000));
  return {
    at,
    queue,
    end,
    get: (target: Target, deployment: Pick<Deployment, 'id'>) => client('deployments.get', at(target, deployment)),
    deploy: async (target: Target, files: Record<string, string>) => end(target, await queue(target, files)),
    configure: ({ teamId, projectId, serviceId }: Target, body: ServiceChange) =>
      client('services.update', { params: { teamId, projectId, serviceId }, body }),
  };
}
