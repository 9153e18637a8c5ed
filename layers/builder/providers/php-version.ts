import type { SourceTree } from '../source-tree.ts';
import type { Composer } from './php-composer.ts';
import { toolVersion, versionFile } from './version-files.ts';

const DEFAULT_PHP = '8.4';
/** Minor versions that have images, oldest first. */
const LINES = ['7.2', '7.3', '7.4', '8.0', '8.1', '8.2', '8.3', '8.4', '8.5'];

/**
 * The version of PHP that an app asks for: Composer's `config.platform`, then `mise.toml` or `.tool-versions`,
 * `.php-version`, and the range in `composer.json`. From a range it takes the lowest line on which the locked packages
 * run too: the app was probably written for that line.
 */
export async function findPhpVersion(
  tree: SourceTree,
  composer: Composer,
): Promise<{ version: string; versionSource: string }> {
  const { platform, range, locked } = composer;
  const asked = (await toolVersion(tree, ['php'])) ?? (await versionFile(tree, '.php-version'));
  const exact = /^\d+\.\d+(\.\d+)?/;
  const pinned = exact.exec(platform ?? '')?.[0];
  if (pinned !== undefined) return { version: pinned, versionSource: 'composer.json > config > platform > php' };
  const named = exact.exec(asked?.value ?? '')?.[0];
  if (asked !== undefined && named !== undefined) return { version: named, versionSource: asked.source };
  if (range === undefined) return { version: DEFAULT_PHP, versionSource: 'default' };
  const fitting = LINES.filter((line) => satisfies(line, range));
  const version = fitting.find((line) => locked.every((each) => satisfies(line, each))) ?? fitting[0];
  if (version === undefined) return { version: DEFAULT_PHP, versionSource: 'default' };
  return { version, versionSource: 'composer.json > require > php' };
}

/**
 * Whether some release of a line satisfies a constraint of Composer. Source: getcomposer.org, "Versions and
 * constraints".
 */
function satisfies(line: string, constraint: string): boolean {
  return constraint.split(/\|\|?/).some((range) => {
    const bounds = range.trim().replace(/(^|\s)(\d[\w.]*)\s+-\s+(\d)/g, '$1>=$2 <=$3');
    const parts = bounds.replace(/([<>=!^~]=?)\s+/g, '$1').split(/[\s,]+/);
    return parts.every((part) => part === '' || fits(line, part));
  });
}

function fits(line: string, comparator: string): boolean {
  const match = /^(>=|<=|>|<|\^|~|!=|=|==)?v?(\d+|\*)(?:\.(\d+|\*|x))?(?:\.(\d+|\*|x))?/.exec(comparator);
  const [, operator = '', major = '*', minor = '*', patch] = match ?? [];
  if (match === null || major === '*') return match !== null;
  const [lineMajor = 0, lineMinor = 0] = line.split('.').map(Number);
  const open = !/^\d+$/.test(minor);
  const difference = lineMajor - Number(major) || (open ? 0 : lineMinor - Number(minor));
  if (operator === '>=') return difference >= 0;
  if (operator === '>') return difference > 0 || (difference === 0 && patch !== undefined);
  if (operator === '<') return difference < 0 || (difference === 0 && Number(patch ?? 0) > 0);
  if (operator === '<=') return difference <= 0;
  if (operator === '^') return lineMajor === Number(major) && difference >= 0;
  if (operator === '~') return patch === undefined ? lineMajor === Number(major) && difference >= 0 : difference === 0;
  if (operator === '!=') return difference !== 0 || patch !== undefined;
  return difference === 0;
}
