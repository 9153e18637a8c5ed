import type { SourceTree } from '../source-tree.ts';
import { readLock } from './lock-file.ts';
import type { Sourced } from './provider.ts';
import { meaningfulLines, toolVersion, versionFile } from './version-files.ts';

const DEFAULT_RUBY = '3.4';
/** Minor versions to which a range may resolve, newest last. */
const LINES = ['2.6', '2.7', '3.0', '3.1', '3.2', '3.3', '3.4'];

/** The facts in `Gemfile` and `Gemfile.lock`. */
export interface Gems {
  /** All gems that the app asks for. If the app has a lock file, their dependencies too. */
  readonly names: ReadonlySet<string>;
  readonly locked: boolean;
  /** Whether a gem is a folder of the app. */
  readonly local: boolean;
  /** Whether the lock file is valid for the machine that builds. */
  readonly anyPlatform: boolean;
}

/** Reads `Gemfile` and `Gemfile.lock`. It does not run Ruby, so it does not see gems that a Gemfile computes. */
export async function readGems(tree: SourceTree): Promise<Gems> {
  const [gemfile = '', lock] = [await tree.read('Gemfile'), (await readLock(tree, 'Gemfile.lock'))?.text];
  const asked = [...gemfile.matchAll(/^[ \t]*gem[ (]+['"]([\w.-]+)['"]/gm)].map(([, name = '']) => name);
  const locked = [...(lock ?? '').matchAll(/^ {4}([\w.-]+) \(/gm)].map(([, name = '']) => name);
  const platforms = /^PLATFORMS\n((?: {2}\S.*\n?)+)/m.exec(lock ?? '')?.[1] ?? '';
  return {
    names: new Set([...asked, ...locked]),
    locked: lock !== undefined,
    local:
      /^[ \t]*(path\b|gemspec\b)|\bpath:|:path[ \t]*=>/m.test(gemfile) || /^(PATH|PLUGIN SOURCE)$/m.test(lock ?? ''),
    anyPlatform: /^[ \t]+(ruby|x86_64-linux\S*)$/m.test(platforms),
  };
}

/**
 * The version of Ruby that an app asks for. The first request counts, in this order: `mise.toml`, `.ruby-version`,
 * `.tool-versions`, `Gemfile` and `Gemfile.lock`.
 */
export async function findRubyVersion(tree: SourceTree): Promise<{ version: string; versionSource: string }> {
  const tool = await toolVersion(tree, ['ruby']);
  const gemfile = meaningfulLines(await tree.read('Gemfile'));
  const written = gemfile.map((line) => /^ruby[ (]+['"]([^'"]+)['"]/.exec(line)?.[1]).find((found) => found);
  const lock = /^RUBY VERSION\n\s+ruby (\d+\.\d+\.\d+)/m.exec((await readLock(tree, 'Gemfile.lock'))?.text ?? '')?.[1];
  const request = (source: string, version: string | undefined): Sourced<string> | undefined =>
    version === undefined ? undefined : { value: version, source };
  const asked = [
    tool?.source === '.tool-versions' ? undefined : tool,
    await versionFile(tree, '.ruby-version'),
    tool,
    request('Gemfile > ruby', written),
    request('Gemfile.lock > RUBY VERSION', lock),
  ];
  for (const found of asked) {
    const version = found && resolveRuby(found.value);
    if (found !== undefined && version !== undefined) return { version, versionSource: found.source };
  }
  return { version: DEFAULT_RUBY, versionSource: 'default' };
}

/**
 * A single version is returned unchanged. A range becomes the newest line that fits. Undefined for a text without a
 * version: `latest`, `jruby-9.4`.
 */
function resolveRuby(request: string): string | undefined {
  const text = request.trim().replace(/^ruby-/, '');
  const [, operator = '', version, patch] = /^(~>|>=|=)?\s*((?:\d+)(?:\.\d+)?(\.\d+)?)(?:-?p\d+)?$/.exec(text) ?? [];
  if (version === undefined) return undefined;
  if (operator === '' || operator === '=') return version;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (operator === '~>' && patch !== undefined) return `${major}.${minor}`;
  return LINES.findLast((line) => {
    const [lineMajor = 0, lineMinor = 0] = line.split('.').map(Number);
    const above = lineMajor > major || (lineMajor === major && lineMinor >= minor);
    return above && (operator === '>=' || lineMajor === major);
  });
}
