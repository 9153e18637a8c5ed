import { describe, expect, it } from '@jest/globals';
import { planBuild } from '../../../layers/builder/detect.ts';
import { memoryTree } from '../../../layers/builder/source-tree.ts';

const json = (value: object) => JSON.stringify(value);
const tools = { devDependencies: { '@acme/tool': 'workspace:*' } };
const members = {
  'apps/web/package.json': json({
    ...{ name: 'web', scripts: { build: 'tsc', start: 'node server.js' } },
    ...{ dependencies: { '@acme/lib': 'workspace:*' }, devDependencies: { typescript: '5.9.0' } },
  }),
  'apps/web/server.js': '',
  'apps/admin/package.json': json({ name: 'admin', dependencies: { once: '1.4.0' } }),
  'packages/lib/package.json': json({ name: '@acme/lib', scripts: { build: 'tsc' } }),
  'packages/tool/package.json': json({ name: '@acme/tool' }),
};
const root = (more: object = {}) => ({ 'package.json': json({ packageManager: 'pnpm@10.1.0', ...tools, ...more }) });
const shop = {
  ...{ ...members, ...root() },
  'pnpm-workspace.yaml': 'packages: [apps/*, packages/*]\n',
  'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
};
async function planOf(more: Readonly<Record<string, string>> = {}, buildCommand: string | null = null) {
  const plan = await planBuild(memoryTree({ ...shop, ...more }), { installCommand: null, buildCommand }, 'apps/web');
  const note = plan.notes.find((each) => each.startsWith('the build installs all ')) ?? '';
  return { install: plan.install[0], prune: plan.prune[0] ?? '', note };
}

describe('an app in a workspace', () => {
  const flags = "--filter '{.}' --filter ./packages/lib --filter ./apps/web --filter ./packages/tool";

  it('installs and keeps only the members that the app and the root depend on', async () => {
    const { install, prune, note } = await planOf();
    expect([install, note]).toEqual([`pnpm install --frozen-lockfile ${flags}`, '']);
    expect(prune).toContain('pnpm install --prod ');
    expect(prune.endsWith(` ${flags}`)).toBe(true);
  });

  it('does so with Bun, which keeps development dependencies, and a note says so', async () => {
    const manifest = json({ workspaces: ['apps/*', 'packages/*'], ...tools });
    const tree = memoryTree({ ...members, 'package.json': manifest, 'bun.lock': '' });
    const { install, prune, notes } = await planBuild(tree, undefined, 'apps/web');
    expect(install).toEqual([`bun install --frozen-lockfile ${flags.replace("'{.}'", './')}`]);
    expect([prune, notes]).toEqual([
      [],
      [
        expect.stringMatching(
          /^development dependencies stay in the image, because bun cannot remove them from a workspace/,
        ),
      ],
    ]);
  });

  const reaching = json({ name: '@acme/lib', scripts: { build: 'cd ../../apps/admin && make' } });
  it.each<[string, Record<string, string>, string]>([
    [
      'the manager is too old',
      root({ packageManager: 'pnpm@8.15.9' }),
      'this version of pnpm cannot leave out packages',
    ],
    [
      'a command may use other members',
      { 'packages/lib/package.json': reaching },
      '"cd ../../apps/admin && make" may use any',
    ],
    [
      'a script of the install may use them',
      root({ scripts: { postinstall: 'pnpm -r run gen' } }),
      '"pnpm -r run gen" may use',
    ],
    [
      'a config file names another member',
      { 'tsconfig.json': '{ "include": ["apps/admin"] }' },
      'tsconfig.json names another',
    ],
    [
      'a task is for one package',
      { 'turbo.json': '{ "tasks": { "web#build": {} } }' },
      'turbo.json has tasks for single',
    ],
  ])('installs all members if %s, and a note says so', async (_, more, reason) => {
    const { install, note } = await planOf(more);
    expect(install).toBe('pnpm install --frozen-lockfile');
    expect(note).toContain(`the build installs all 4 packages of the workspace: ${reason}`);
  });

  it("installs all members if the owner's build command uses several, or if pruning is off", async () => {
    expect((await planOf({}, 'pnpm -r run build')).note).toContain('"pnpm -r run build" may use any of them');
    const kept = await planOf({ 'apps/web/gantry.json': '{ "build": { "prune": false } }' });
    expect([kept.install, kept.note]).toEqual(['pnpm install --frozen-lockfile', '']);
  });
});
