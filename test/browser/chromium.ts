import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { patience } from '../patience.ts';

const root = join(import.meta.dirname, '../..');

/** The reason why Chromium cannot run on this machine; undefined if it can. */
export const noChromium =
  process.platform === 'linux' && process.arch === 'x64' ? undefined : 'npm has Chromium only for Linux on x64';

/** A foreign name that resolves to this machine, as after DNS rebinding. */
export const REBOUND = 'rebound.example';

/**
 * Chromium reaches only loopback, by a rule of its resolver. The rule applies to numeric addresses, redirects and WebSockets too. Playwright's
 * interception would answer preflights in place of the server.
 */
const RESOLVER = [
  `MAP ${REBOUND} 127.0.0.1`,
  'MAP * ~NOTFOUND',
  'EXCLUDE 127.0.0.1',
  'EXCLUDE localhost',
  'EXCLUDE *.localhost',
].join(',');

/** Starts the Chromium that npm carries. */
export function launchChromium(): Promise<Browser> {
  const { executablePath, env } = unpackChromium();
  const args = ['--no-sandbox', '--disable-background-networking', `--host-resolver-rules=${RESOLVER}`];
  return chromium.launch({ executablePath, env: { ...env }, args, timeout: patience(60_000) });
}

/** How to launch Chromium: the program, and the environment that holds its own libraries and fonts. */
interface Chromium {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Unpacks Chromium into `.cache/chromium/<version>` once: 210 MB, four seconds. */
function unpackChromium(): Chromium {
  const manifest = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '../package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const folder = join(root, '.cache/chromium', version);
  if (!existsSync(folder)) unpackInto(folder);
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      HOME: folder,
      PATH: process.env['PATH'] ?? '',
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_FILE: fontsOf(folder),
    },
  };
}

/** The package has no monospaced font. If the machine has one, code uses it. */
const FONTS = `<dir>/usr/share/fonts</dir>
<alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family><family>Liberation Mono</family></prefer></alias>`;

function fontsOf(folder: string): string {
  const path = join(folder, 'all-fonts.conf');
  const own = `${path}.${process.pid}`;
  const dirs = `<dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir>`;
  writeFileSync(own, `<?xml version="1.0"?><fontconfig>${dirs}${FONTS}</fontconfig>\n`);
  renameSync(own, path);
  return path;
}

/** Two test files may unpack at once. Each uses its own folder, and the first folder becomes the shared one. */
function unpackInto(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const own = mkdtempSync(`${folder}.`);
  // The package unpacks into the folder for temporary files. It unpacks its libraries only if it detects Amazon Linux.
  const program = "import('@sparticuz/chromium').then((it) => it.default.executablePath())";
  const { status, stderr } = spawnSync(process.execPath, ['-e', program], {
    cwd: root,
    env: { ...process.env, TMPDIR: own, CODEBUILD_BUILD_IMAGE: 'nodejs24' },
    encoding: 'utf8',
    timeout: patience(60_000),
  });
  if (status !== 0) throw new Error(`Chromium could not be unpacked:\n${stderr}`);
  try {
    renameSync(own, folder);
  } catch (error) {
    rmSync(own, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
