/**
 * Installs the workspace's packages if the installed ones differ from package-lock.json. Runs before `npm start` and
 * `npm test`, on any Node since 20, with only Node's built-in modules. Takes milliseconds if there is nothing to do.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'node_modules', '.gantry-setup');

/** Identifies the lock file, npm's own record of the installation, and the platform of the chosen binaries. */
function fingerprint() {
  try {
    const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n`);
    for (const file of ['package-lock.json', 'node_modules/.package-lock.json']) {
      hash.update(readFileSync(join(root, file)));
    }
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

/** True where npm's record lists exactly the packages of the lock file, apart from those for other platforms. */
function isInstalled() {
  try {
    const packagesOf = (file) =>
      new Map(
        Object.entries(JSON.parse(readFileSync(join(root, file), 'utf8')).packages).filter(([path]) =>
          path.includes('node_modules/'),
        ),
      );
    const wanted = packagesOf('package-lock.json');
    const installed = packagesOf('node_modules/.package-lock.json');
    return (
      [...wanted].every(([path, { version, optional = false }]) =>
        installed.has(path) ? installed.get(path).version === version : optional,
      ) && [...installed.keys()].every((path) => wanted.has(path))
    );
  } catch {
    return false;
  }
}

function stampIs(value) {
  try {
    return value !== undefined && readFileSync(stamp, 'utf8') === value;
  } catch {
    return false;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Gantry needs Node 20 or newer to set itself up; this is ${process.version}.`);
}
if (!stampIs(fingerprint())) {
  if (!isInstalled()) {
    rmSync(stamp, { force: true });
    console.log('Installing packages (npm ci) …');
    // npm's warnings are about an old Node. The packages run on the Node that is installed here.
    const flags = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status, error } = spawnSync('npm', flags, { cwd: root, stdio: 'inherit' });
    if (error) fail(`npm cannot be run: ${error.message}. Install Node with npm and start again.`);
    if (status !== 0) fail('npm ci failed (see above). Check the network and the registry, then start again.');
  }
  writeFileSync(stamp, fingerprint() ?? '');
}
