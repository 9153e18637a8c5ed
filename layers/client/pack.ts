import { GantryError } from '@gantry/contract/errors.ts';
import { sizeText } from '@gantry/contract/sizes.ts';
import { sourceLimits } from '@gantry/contract/source-limits.ts';
import { type TreeFolder, walkTree } from './source-tree.ts';
import { padding, tarEnd, tarHeader } from './tar.ts';

/** A source as a gzipped tar in memory, and the files that were left out because they look like secrets. */
export interface PackedSource {
  readonly archive: Blob;
  readonly files: number;
  readonly secrets: readonly string[];
}

/**
 * Packs a folder by the common ignore rules, with functions that browsers and Node.js share. A browser does not know which files are executable:
 * files that begin with `#!` are. Throws Invalid without any file, and TooLarge above a limit of sources.
 */
export async function packTree(
  root: TreeFolder,
  progress: (files: number) => void = () => undefined,
): Promise<PackedSource> {
  const secrets: string[] = [];
  let [files, bytes] = [0, 0];
  async function* tar(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for await (const found of walkTree(root)) {
      if (found.kind === 'secrets') {
        secrets.push(found.path);
        continue;
      }
      const content = await found.read();
      files += 1;
      bytes += content.size;
      if (bytes > sourceLimits.bytes || files > sourceLimits.entries) throw tooLarge();
      progress(files);
      yield tarHeader({
        name: found.path,
        size: content.size,
        mode: await modeOf(content),
        modified: modifiedAt(content),
      });
      for await (const chunk of chunksOf(content)) yield chunk;
      yield padding(content.size);
    }
    if (files === 0) throw new GantryError('Invalid', 'There is nothing to upload in this folder.');
    yield tarEnd();
  }
  const archive = await gzipped(streamOf(tar()));
  if (archive.size > sourceLimits.packedBytes) throw tooLarge();
  return { archive, files, secrets };
}

/** A ready-made tar, gzipped if it is not. */
export async function packTar(file: Blob): Promise<Blob> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const archive = first === 0x1f && second === 0x8b ? file : await gzipped(file.stream());
  if (archive.size > sourceLimits.packedBytes) throw tooLarge();
  return archive;
}

function gzipped(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Blob> {
  return new Response(stream.pipeThrough(new CompressionStream('gzip'))).blob();
}

/** Some browsers lack `ReadableStream.from`. */
function streamOf(chunks: AsyncGenerator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => void chunks.return(undefined),
  });
}

async function* chunksOf(content: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = content.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

async function modeOf(content: Blob): Promise<number> {
  return (await content.slice(0, 2).text()) === '#!' ? 0o755 : 0o644;
}

const modifiedAt = (content: Blob): number => ('lastModified' in content ? Number(content.lastModified) / 1000 : 0);

function tooLarge(): GantryError {
  const { packedBytes, bytes, entries } = sourceLimits;
  return new GantryError(
    'TooLarge',
    `The source is too large: it can have at most ${sizeText(packedBytes)} packed, ${sizeText(bytes)} unpacked and ${entries.toLocaleString('en-US')} files. List files that the build does not need in .gantryignore.`,
  );
}
