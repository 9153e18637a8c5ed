import { join } from 'node:path';
import type { Client } from '@gantry/client/client.ts';
import type { Deployment } from '@gantry/contract/schemas/deployments.ts';
import type { ServiceChange } from '@gantry/contract/schemas/services.ts';
import { archiveOf } from '@gantry/local/example/archive.ts';
import { follow, type Target, upload } from '@gantry/local/example/deploy.ts';
import { patience } from '../patience.ts';

export { until } from '../until.ts';

/** One file that Node runs. It installs nothing, so that npm is not started for it: that would be most of its build. */
export const app = join(import.meta.dirname, '../fixtures/apps/node-program');

/** An app that answers a text. `first` runs before it listens. */
export const answering = (text: string, first = ''): Record<string, string> => ({
  'index.js': `${first}
require('node:http').createServer((_request, response) => response.end(${JSON.stringify(text)}))
  .listen(Number(process.env.PORT));
process.once('SIGTERM', () => process.exit(0));`,
});

/** An app that is only this program. */
export const running = (program: string): Record<string, string> => ({ 'index.js': program });

/** What a developer does with a service, in a word each. */
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
