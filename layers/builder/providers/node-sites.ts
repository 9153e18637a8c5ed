import type { SourceTree } from '../source-tree.ts';
import { configText, folderBelow, literal, option } from './node-config.ts';
import type { PackageJson } from './node-manifest.ts';
import type { Site } from './provider.ts';

/** What a framework's rules look at. */
export interface FrameworkApp {
  readonly tree: SourceTree;
  readonly names: readonly string[];
  readonly manifest: PackageJson;
  /** The names of all dependencies. */
  readonly packages: ReadonlySet<string>;
  /** The app's folder below that of its workspace; `.` where it is the same. */
  readonly place: string;
  /** What the build script comes to run; empty where there is none. */
  readonly buildLine: string;
}

/** A tool that makes a site of an app. */
interface SiteTool {
  readonly name: string;
  readonly build: string;
  readonly site: Site;
}

type FolderRule = (app: FrameworkApp) => Promise<string | undefined>;

/** A folder that a property of a config file names, or an option of the build's command line. */
const named =
  (stem: string, property: string, options: readonly string[], usual: string): FolderRule =>
  async ({ tree, names, buildLine }) =>
    folderBelow(option(buildLine, ...options) ?? literal(await configText(tree, names, stem), property) ?? usual) ??
    usual;
const always =
  (folder: string): FolderRule =>
  async () =>
    folder;

/** Package, its build command, where it writes, and whether it makes one page that shows all of its paths. In order: tools stand behind what is made with them. */
const TOOLS: readonly (readonly [name: string, build: string, folder: FolderRule, single: boolean])[] = [
  ['gatsby', 'gatsby build', always('public'), false],
  ['@docusaurus/core', 'docusaurus build', named('docusaurus.config', 'outDir', ['--out-dir'], 'build'), false],
  ['@11ty/eleventy', 'eleventy', named('eleventy.config', 'output', ['--output'], '_site'), false],
  ['vitepress', 'vitepress build', vitepress, false],
  ['vuepress', 'vuepress build', always('.vuepress/dist'), false],
  ['hexo', 'hexo generate', always('public'), false],
  ['gridsome', 'gridsome build', always('dist'), false],
  ['@vue/cli-service', 'vue-cli-service build', named('vue.config', 'outputDir', ['--dest'], 'dist'), true],
  ['react-scripts', 'react-scripts build', buildPath, true],
  ['expo', 'expo export --platform web', named('expo', 'output', ['--output-dir'], 'dist'), true],
  ['ember-cli', 'ember build --environment production', byOption('--output-path', 'dist'), true],
  ['@quasar/app-vite', 'quasar build', always('dist/spa'), true],
  ['preact-cli', 'preact build', always('build'), true],
  ['@stencil/core', 'stencil build', always('www'), true],
  ['@rsbuild/core', 'rsbuild build', rsbuild, true],
  ['umi', 'umi build', always('dist'), true],
  ['vite', 'vite build', vite, true],
  ['parcel', 'parcel build', byOption('--dist-dir', 'dist'), true],
  ['html-webpack-plugin', 'webpack --mode production', byOption('--output-path', 'dist'), true],
];

/** A site that is one page, which shows each path itself. */
export function singlePage(folder: string): Site {
  return { folder, fallback: true };
}

/** The site that a build tool makes of an app; undefined where it has none, or only makes a part of an app with it. */
export async function siteOf(app: FrameworkApp): Promise<SiteTool | undefined> {
  for (const [name, build, folderOf, single] of TOOLS) {
    if (!app.packages.has(name)) continue;
    const folder = await folderOf(app);
    if (folder !== undefined) return { name, build, site: { folder, fallback: single } };
  }
  return undefined;
}

function byOption(name: string, usual: string): FolderRule {
  return async ({ buildLine }) => folderBelow(option(buildLine, name) ?? usual) ?? usual;
}

/** `root` holds the page, and `outDir` counts from it. Without a page Vite only makes a part of something else. */
async function vite({ tree, names, buildLine }: FrameworkApp): Promise<string | undefined> {
  const config = await configText(tree, names, 'vite.config');
  const root = folderBelow(option(buildLine, '--root') ?? literal(config, 'root') ?? '.') ?? '.';
  const page = await tree.exists(root === '.' ? 'index.html' : `${root}/index.html`);
  if (/\bssr\s*:\s*['"`]/.test(config) || option(buildLine, '--ssr') !== undefined) return undefined;
  if (!page && !/\binput\s*:|vite-plugin-(pages|ssg)|vike|vite-ssg/.test(config)) return undefined;
  const folder = option(buildLine, '--outDir', '--out-dir') ?? literal(config, 'outDir') ?? 'dist';
  return folderBelow(root, folder) ?? folderBelow(folder.replace(/^(\.\.\/)+/, ''));
}

async function buildPath({ buildLine }: FrameworkApp): Promise<string> {
  return folderBelow(/\bBUILD_PATH=["']?([\w./-]+)/.exec(buildLine)?.[1] ?? 'build') ?? 'build';
}

async function rsbuild({ tree, names }: FrameworkApp): Promise<string> {
  const config = await configText(tree, names, 'rsbuild.config');
  const path = /\bdistPath\s*:\s*(?:\{[^}]*\broot\s*:\s*)?['"`]([\w./-]+)/.exec(config)?.[1];
  return folderBelow(path ?? 'dist') ?? 'dist';
}

async function vitepress({ buildLine }: FrameworkApp): Promise<string> {
  const folder = /\bvitepress build\s+([\w./-]+)/.exec(buildLine)?.[1];
  return folderBelow(folder ?? '.', '.vitepress/dist') ?? '.vitepress/dist';
}
