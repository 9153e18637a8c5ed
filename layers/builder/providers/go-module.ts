import { BuildError } from '../build-error.ts';
import type { SourceTree } from '../source-tree.ts';
import { toolVersion } from './version-files.ts';

const DEFAULT_GO = '1.26';
/** Modules that wrap a C library. Without a C compiler they do not build, or they build and do nothing. */
const C_MODULES = [
  ...['github.com/mattn/go-sqlite3', 'github.com/confluentinc/confluent-kafka-go', 'github.com/marcboeker/go-duckdb'],
  ...['github.com/duckdb/duckdb-go', 'github.com/h2non/bimg', 'github.com/davidbyttow/govips'],
  ...['gopkg.in/gographics/imagick.v3', 'github.com/chai2010/webp', 'github.com/mutecomm/go-sqlcipher'],
];

/** Whether a module directly requires a module that needs C. */
export function needsC(module = ''): boolean {
  const lines = module.split('\n').filter((line) => !/\/\/ indirect\s*$/.test(line));
  return lines.some((line) =>
    C_MODULES.some((name) =>
      line
        .replace(/^\s*require\s+/, '')
        .trim()
        .startsWith(`${name}`),
    ),
  );
}

/**
 * The version of Go that an app asks for. `mise.toml` and `.tool-versions` win over `go.mod` and `go.work`. In these
 * files a toolchain line wins, because the module's author builds with that version. Source: go.dev/doc/toolchain.
 * Throws a `BuildError` if the requested version is not a version.
 */
export async function findGoVersion(
  tree: SourceTree,
  module: string | undefined,
  workspace: string | undefined,
): Promise<{ version: string; versionSource: string }> {
  const tool = await toolVersion(tree, ['go', 'golang']);
  const written = [
    { source: 'go.mod', text: module },
    { source: 'go.work', text: workspace },
  ].flatMap(({ source, text = '' }) => {
    const version = /^toolchain go(\S+)/m.exec(text)?.[1] ?? /^go (\S+)/m.exec(text)?.[1];
    return version === undefined ? [] : [{ value: version, source }];
  });
  const [asked] = [...(tool === undefined || tool.value === 'latest' ? [] : [tool]), ...written];
  if (asked === undefined) return { version: DEFAULT_GO, versionSource: tool?.source ?? 'default' };
  const version = /^\d+(\.\d+){0,2}/.exec(asked.value)?.[0];
  if (version === undefined)
    throw new BuildError(`${asked.source} asks for Go ${asked.value}; name a version such as ${DEFAULT_GO}`);
  return { version, versionSource: asked.source };
}
