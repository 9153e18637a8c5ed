import { dirname, resolve } from 'node:path';
import { sizeText } from '@gantry/contract/sizes.ts';
import { sourceLimits } from '@gantry/contract/source-limits.ts';
import { type Archive, packFolder } from '../archive.ts';
import { verb } from '../declare.ts';
import { follow, followFlags, followingOf, interruptedText } from '../deployment-view.ts';
import { findLink } from '../link.ts';
import type { Output } from '../output.ts';
import { openSession } from '../session.ts';
import { someOf } from '../some.ts';
import { pathOf, targetFlags, targetOf } from '../target.ts';
import { putArchive } from '../upload.ts';
import type { LeftOut } from '../walk.ts';

export const command = verb({
  details:
    'Uploads the files that git tracks or would add, except those in .gantryignore, and follows the deployment until it is live;\n' +
    'the result is its address. In .gantryignore, `!name` includes a file that git ignores. Ctrl-C before the deployment is queued leaves nothing;\n' +
    'after that the deployment continues.',
  args: { folder: { summary: 'the folder to upload; default this one', optional: true } },
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
    if (args.folder === undefined) await tellSubfolder(out, folder);
    const archive = await packFolder(source, sourceLimits.packedBytes, (files, bytes) =>
      out.status(`Packing: ${filesText(files, bytes)}`),
    );
    const all = sizeText(archive.bytes);
    let isTold = false;
    const upload = await putArchive(
      async (body) => {
        const begun = await client('uploads.create', { params: { teamId, projectId, serviceId }, body });
        // A user who may not upload reads that, and nothing about the folder.
        if (!isTold) tellOf(out, archive);
        isTold = true;
        return begun;
      },
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

/** Why a path is left out, for people. */
const REASONS: Readonly<Record<LeftOut, string>> = {
  secrets: 'secrets belong into variables, not into an upload',
  link: 'the link leads out of the folder',
  special: 'only files, folders and links are uploaded',
  made: 'the build makes it again. Add `!name` to .gantryignore to upload it',
  submodule: 'the submodule is empty here. Run `git submodule update --init`',
};

function tellOf(out: Output, archive: Archive): void {
  tellLeftOut(out, archive);
  tellLarge(out, archive);
}

function tellLeftOut(out: Output, { leftOut }: Archive): void {
  for (const [why, reason] of Object.entries(REASONS)) {
    const names = [...new Set(leftOut.filter((found) => found.why === why).map(({ name }) => name))];
    if (names.length > 0) out.note(`Left out ${someOf(names)}: ${reason}.`);
  }
}

/** A larger upload takes long each time. */
const LARGE_BYTES = 50 * 1024 * 1024;

function tellLarge(out: Output, { bytes, largest }: Archive): void {
  if (bytes <= LARGE_BYTES) return;
  out.note(
    `The upload is large, ${sizeText(bytes)}. The largest: ${largest()}. List files that the build does not need in .gantryignore.`,
  );
}

/** A user in a subfolder of the linked folder may have meant all of it. */
async function tellSubfolder(out: Output, source: string): Promise<void> {
  const found = await findLink(source);
  if (found !== undefined && dirname(found.path) !== source)
    out.note(`Uploading only ${source}. The linked folder is ${dirname(found.path)}.`);
}

function filesText(files: number, bytes: number): string {
  return `${files} ${files === 1 ? 'file' : 'files'}, ${sizeText(bytes)}`;
}
