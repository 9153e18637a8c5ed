import { resolve } from 'node:path';
import { sourceLimits } from '@gantry/contract/schemas/source.ts';
import { type Archive, packFolder } from '../archive.ts';
import { verb } from '../declare.ts';
import { follow, followFlags, followingOf, interruptedText } from '../deploymentView.ts';
import type { Output } from '../output.ts';
import { openSession } from '../session.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';
import { putArchive } from '../upload.ts';

export const command = verb({
  details:
    'Uploads the folder without what .gitignore and .gantryignore name, .git, node_modules and .env files, and follows the deployment until it is live;\n' +
    'its address is the result. In .gantryignore, `!name` takes something back in. Ctrl-C before the deployment is queued leaves nothing;\n' +
    'after that the deployment goes on.',
  args: { folder: { summary: 'what is uploaded; this folder where absent', optional: true } },
  flags: { ...targetFlags, ...followFlags },
  examples: ['up', 'up --detach', 'up ./site --service site', 'up --environment staging --json'],
  async run(context) {
    const { args, flags, folder, interrupts, out } = context;
    interrupts.tell('Interrupted: nothing was deployed.');
    const following = followingOf(flags);
    const session = await openSession(context);
    const { client } = session;
    const path = pathOf(await targetOf(context, session, flags));
    const { teamId, projectId, serviceId } = path;
    const source = args.folder === undefined ? folder : resolve(folder, args.folder);
    const archive = await packFolder(source, sourceLimits.packedBytes, (files, bytes) =>
      out.status(`Packing: ${filesText(files, bytes)}`),
    );
    tellLeftOut(out, archive);
    const all = sizeText(archive.bytes);
    const upload = await putArchive(
      (body) => client('uploads.create', { params: { teamId, projectId, serviceId }, body }),
      archive,
      (sent) => out.status(`Uploading: ${sizeText(sent)} of ${all}`),
    ).finally(() => archive.close());
    out.status(undefined);
    out.note(`Uploaded ${filesText(archive.files, archive.bytes)}`);
    const queued = await interrupts.hold(
      () => client('deployments.create', { params: path, body: { uploadId: upload.id } }),
      interruptedText,
    );
    await follow(context, session, path, queued, following);
  },
});

function tellLeftOut(out: Output, { leftOut }: Archive): void {
  const names = (why: string) => leftOut.filter((found) => found.why === why).map(({ name }) => name);
  const [secrets, links, special] = [names('secrets'), names('link'), names('special')];
  if (secrets.length > 0) out.note(`Left out ${some(secrets)}: secrets belong into variables, not into an upload.`);
  if (links.length > 0) out.note(`Left out ${some(links)}: the link leads out of the folder.`);
  if (special.length > 0) out.note(`Left out ${some(special)}: only files, folders and links are uploaded.`);
}

function some(names: readonly string[]): string {
  const more = names.length - 5;
  return `${names.slice(0, 5).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function filesText(files: number, bytes: number): string {
  return `${files} ${files === 1 ? 'file' : 'files'}, ${sizeText(bytes)}`;
}

function sizeText(bytes: number): string {
  const kilobytes = bytes / 1024;
  return kilobytes < 1024 ? `${Math.ceil(kilobytes)} KB` : `${(kilobytes / 1024).toFixed(1)} MB`;
}
