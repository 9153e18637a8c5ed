import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeImage } from '@gantry/builder/oci/image.ts';
import { layerPaths, writeLayer } from '@gantry/builder/oci/layer.ts';
import { pushImage } from '@gantry/builder/oci/registry.ts';
import type { BuildPlan } from '@gantry/builder/plan.ts';
import { ROOT } from '@gantry/infra/constructs/bundle.ts';
import { unpackLayer } from '@gantry/local/cluster/kubelet/unpack.ts';
import { AUTHORIZATION, startRegistry } from '../../layers/builder/peers.ts';
import { interleaved, median, type Topic } from '../figures.ts';

const RUNS = 3;
const FOLDERS = 400;
const FILES = 8_000;
/** The size of Next.js's compiled code, in bytes. */
const PROGRAM = 30 * 1024 * 1024;
/** The target for packing, as a multiple of `tar` with gzip at the same level. */
const AIMS = { pack: 1.2, unpack: 1.1 };

/** The builder's packing of a built app, and a node's unpacking of its image, against `tar`. */
export const packing: Topic = {
  name: 'packing',
  async measure() {
    const home = mkdtempSync(join(tmpdir(), 'gantry-bench-pack-'));
    try {
      const app = join(home, 'app');
      const bytes = writeApp(app);
      const ours = join(home, 'ours.tar.gz');
      const theirs = join(home, 'theirs.tar.gz');
      const [pack, tarred] = await interleaved(
        RUNS,
        1,
        () => packAndPush(app, ours),
        async () => shell(`tar -C ${app} -cf - . | gzip -1 > ${theirs}`),
      );
      let made = 0;
      const fresh = () => {
        made += 1;
        const folder = join(home, `unpacked-${made}`);
        mkdirSync(folder);
        return folder;
      };
      const [unpack, untarred] = await interleaved(
        RUNS,
        1,
        () => unpackLayer(ours, fresh()),
        async () => shell(`tar -C ${fresh()} -xzf ${theirs}`),
      );
      const detail = `${FILES} files of ${Math.round(bytes / 1024 / 1024)} MB in ${FOLDERS} folders, as an app of Next.js has; median of ${RUNS}, in turn`;
      const against = (name: string, own: readonly number[], tar: readonly number[], aim: number) => ({
        name,
        value: median(own) / 1000,
        unit: 's',
        ratio: { times: median(own) / median(tar), to: 'tar and gzip -1', aim },
        detail,
      });
      return [
        against('pack and push of a Next.js app', pack, tarred, AIMS.pack),
        against('unpack of it', unpack, untarred, AIMS.unpack),
      ];
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  },
};

async function packAndPush(app: string, file: string): Promise<void> {
  await using registry = await startRegistry();
  const layer = await writeLayer(app, await layerPaths(app, new Set()), file);
  const plan = { folder: '', env: {}, command: ['node', 'server.js'], provider: 'node' } as unknown as BuildPlan;
  const repository = { uri: `${registry.host}/apps/hello`, authorization: AUTHORIZATION };
  await pushImage(repository, composeImage([layer], plan), AbortSignal.timeout(120_000));
}

function shell(line: string): void {
  execFileSync('sh', ['-c', line], { stdio: 'pipe' });
}

/**
 * Writes many small modules, some large ones and one compiled program, and returns their size in bytes. The text is this repository's own: it
 * compresses as code does.
 */
function writeApp(root: string): number {
  const text = readFileSync(join(ROOT, 'package-lock.json'));
  let bytes = 0;
  const write = (path: string, content: Buffer) => {
    writeFileSync(join(root, path), content);
    bytes += content.length;
  };
  for (let folder = 0; folder < FOLDERS; folder += 1) {
    mkdirSync(join(root, `node_modules/p${folder}/dist`), { recursive: true });
  }
  for (let file = 0; file < FILES; file += 1) {
    const size = file % 40 === 0 ? 120_000 : file % 5 === 0 ? 18_000 : 800 + ((file * 37) % 4_000);
    const from = (file * 7_919) % (text.length - size);
    write(`node_modules/p${file % FOLDERS}/dist/m${file}.js`, text.subarray(from, from + size));
  }
  write('node_modules/p0/program.node', Buffer.concat([randomBytes(PROGRAM / 2), Buffer.alloc(PROGRAM / 2, text)]));
  return bytes;
}
