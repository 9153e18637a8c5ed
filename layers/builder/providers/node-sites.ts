import type { SourceTree } from '../source-tree.ts';
import { configText, folderBelow, literal, option } from './node-config.ts';
import type { PackageJson } from './node-manifest.ts';
import type { Site } from './provider.ts';

/** The facts that a framework's rules read. */
export interface FrameworkApp {
  readonly tree: SourceTree;
  readonly names: readonly string[];
  readonly manifest: PackageJson;
  /** The names of all dependencies. */
  readonly packages: ReadonlySet<string>;
  /** The app's folder, relative to its workspace's; `.` if both are the same. */
  readonly place: string;
  /** The commands that the build script runs in the end. Empty if there is no build script. */
  readonly buildLine: string;
}

/** A tool that builds an app into a site. */
interface SiteTool {
  readonly name: string;
  readonly build: string;
  readonly site: Site;
}

type FolderRule = (app: FrameworkApp) => Promise<string | undefined>;

/** A folder named by a property of a config file, or by an option of the build's command line. */
const named =
  (stem: string, property: string, options: readonly string[], usual: string): FolderRule =>
  async ({ tree, names, buildLine }) =>
    folderBelow(option(buildLine, ...options) ?? literal(await configText(tree, names, stem), property) ?? usual) ??
    usual;
const always =
  (folder: string): FolderRule =>
  async () =>
    folder;

/**
 * Package, build command, output folder, and whether the result is a single page that shows all paths. The order
 * counts: a tool comes after the frameworks that are based on it.
 */
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

/** A site of one page, which shows every path itself. */
export function singlePage(folder: string): Site {
  return { folder, fallback: true };
}

/**
 * The site that a build tool makes of an app. Undefined if the app has no such tool, or if the tool builds only a part
 * of the app.
 */
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

/** `root` holds the page, and `outDir` is relative to it. Without a page, Vite builds only a part of something else. */
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
