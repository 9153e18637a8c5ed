import { BuildError } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';
import type { Sourced } from './provider.ts';
import type { Pipfile, PyProject } from './python-project.ts';
import { toolVersion, versionFile } from './version-files.ts';

const DEFAULT_PYTHON = '3.13';
/** Lines to which a range may resolve, in order of preference: the default, then newest first. */
const CANDIDATES = [13, 14, 12, 11, 10, 9, 8, 7, 6];

/**
 * The version of Python that an app asks for. The first request counts, in this order: `mise.toml`, `.python-version`,
 * `runtime.txt`, `.tool-versions`, `Pipfile` and the ranges in `pyproject.toml`. Throws a `BuildError` if no known
 * version fits.
 */
export async function findPythonVersion(
  tree: SourceTree,
  project: PyProject,
  pipfile: Pipfile | undefined,
): Promise<{ version: string; versionSource: string }> {
  const tool = await toolVersion(tree, ['python']);
  const poetry = project.tool?.poetry?.dependencies?.python;
  const request = (source: string, version: string | undefined) => version && { value: version, source };
  const found: Sourced<string> | '' | undefined =
    (tool?.source === '.tool-versions' ? undefined : tool) ??
    (await versionFile(tree, '.python-version')) ??
    (await versionFile(tree, 'runtime.txt')) ??
    tool ??
    request('Pipfile > python_full_version', pipfile?.requires?.python_full_version) ??
    request('Pipfile > python_version', pipfile?.requires?.python_version) ??
    request('pyproject.toml > requires-python', project.project?.['requires-python']) ??
    request('pyproject.toml > tool > poetry > python', typeof poetry === 'string' ? poetry : undefined);
  if (!found) return { version: DEFAULT_PYTHON, versionSource: 'default' };
  return { version: resolvePythonVersion(found.value, found.source), versionSource: found.source };
}

/**
 * The version for a request in `.python-version`, `runtime.txt` or `requires-python`. An exact version or a line is
 * returned unchanged. A range becomes the preferred line whose later releases all satisfy it (PEP 440, and Poetry's `^`
 * and `~`). Throws a `BuildError` if no known version fits.
 */
function resolvePythonVersion(request: string, source: string): string {
  const text = request.trim().replace(/^(c?python[-@]?)(?=\d)/i, '');
  if (text === '' || text === '*' || /^latest$/i.test(text)) return DEFAULT_PYTHON;
  const exact = /^(?:==)?\s*(\d+(?:\.\d+){0,2})(?:\.\*|t|-dev)?$/.exec(text)?.[1];
  if (exact !== undefined) return exact === '3' ? DEFAULT_PYTHON : exact;
  const ranges = text.split('||').map((range) => range.split(',').map((part) => part.trim()));
  const minor = CANDIDATES.find((candidate) => ranges.some((range) => range.every((part) => fits(candidate, part))));
  if (minor === undefined) {
    throw new BuildError(
      `${source} asks for Python ${JSON.stringify(request.trim())}, but no known version matches; ask for a version such as "${DEFAULT_PYTHON}"`,
    );
  }
  return `3.${minor}`;
}

/** The maximum length of a comparator, in characters. A longer text is not a comparator. */
const MAX_COMPARATOR = 100;

/** Whether the newest release of line 3.`minor` satisfies one comparator. */
function fits(minor: number, comparator: string): boolean {
  if (comparator === '' || comparator === '*') return true;
  if (comparator.length > MAX_COMPARATOR) return false;
  const match = /^(>=|<=|>|<|~=|\^|~|==|!=)?\s*(\d+)(?:\.(\d+|\*))?(\.\d+|\.\*)?[\w.]*$/.exec(comparator);
  const [, operator = '==', major = '', named = '*', patch] = match ?? [];
  if (match === null) return false;
  const whole = named === '*';
  const other = Number(major) !== 3;
  const value = Number(whole ? 0 : named);
  if (other) return Number(major) < 3 ? operator.startsWith('>') : operator.startsWith('<');
  if (operator === '>=' || operator === '^') return minor >= value;
  if (operator === '>') return patch === undefined || patch === '.*' ? minor > value : minor >= value;
  if (operator === '<') return minor < value;
  if (operator === '<=') return minor <= value;
  if (operator === '~=') return patch === undefined ? minor >= value : minor === value;
  if (operator === '!=') return minor !== value || (patch !== undefined && patch !== '.*');
  return whole || minor === value;
}
