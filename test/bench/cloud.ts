import { join } from 'node:path';
import { startCloud } from '@gantry/local/cloud.ts';
import { endpointsOf } from '@gantry/local/endpoints.ts';
import { takeFolder } from '@gantry/local/folder.ts';
import { synthesize } from '@gantry/local/synth.ts';

/*
 * The local cloud as a program of its own, like `npm start`, so that who measures does not share its thread. It tells its parent
 * what an operator's own tools would need besides: credentials for the AWS endpoint, and the folder of the assembly.
 */
const [dataDir = ''] = process.argv.slice(2);
const folder = takeFolder(dataDir);
const assembly = await synthesize(join(import.meta.dirname, '../..'), () => undefined);
const cloud = await startCloud({ assembly, dataDir: folder.path, port: 0, note: () => undefined });
process.once('disconnect', async () => {
  await cloud.stop();
  folder.release();
  process.exit(0);
});
process.send?.({
  endpoints: endpointsOf(cloud),
  credentials: cloud.kernel.iam.credentials({ kind: 'operator' }),
  assembly,
});
