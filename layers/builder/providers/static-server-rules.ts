/**
 * The part of the file server that reads `_headers` and `_redirects`, and the check of a build's result. Rules work
 * only with the site's own files: no rule requests another server. Source: docs.netlify.com, "Redirect options" and
 * "Custom headers".
 */
export const SITE_RULES = String.raw`
const MAX_RULES = 2_000;

/**
 * Turns a pattern into an expression with named groups. In the pattern, ":name" is one part of a path, and "*" is
 * everything that follows.
 */
function patternOf(text) {
  const names = [];
  const source = text.split('/').map((part) => {
    if (part === '*') return names.push('splat') && '(.*)';
    if (/^:[A-Za-z]\w*$/.test(part)) return names.push(part.slice(1)) && '([^/]+)';
    return part.split('*').map((piece) => piece.replace(/[.*+?^{}$()|[\]\\]/g, '\\$&')).join('.*');
  }).join('/').replace(/\/\(\.\*\)$/, '(?:/(.*))?');
  return { expression: new RegExp('^' + source + '/?$'), names };
}

function matchOf({ expression, names }, path) {
  const match = expression.exec(path);
  return match && Object.fromEntries(names.map((name, at) => [name, match[at + 1] ?? '']));
}

async function readRules(folder) {
  const text = async (name) => (await readFile(join(folder, name), 'utf8').catch(() => '')).split(/\r?\n/).slice(0, MAX_RULES);
  const redirects = (await text('_redirects')).flatMap((line) => {
    const [from, to, code = '301', ...more] = line.replace(/(^|\s)#.*$/, '').trim().split(/\s+/);
    const status = Number.parseInt(code, 10);
    const elsewhere = /^[a-z]+:|^\/\//i.test(to ?? '') && !(status >= 300 && status < 400);
    if (!from?.startsWith('/') || !to || more.length > 0 || elsewhere || ![200, 301, 302, 303, 307, 308, 404].includes(status)) return [];
    return [{ ...patternOf(from), to, status, forced: code.endsWith('!') }];
  });
  const headers = [];
  for (const line of await text('_headers')) {
    const [, name, value] = /^\s+([\w-]+)\s*:\s*(.*)$/.exec(line) ?? [];
    if (name && value && headers.length > 0) headers.at(-1).set.push([name.toLowerCase(), value]);
    else if (line.startsWith('/')) headers.push({ ...patternOf(line.trim()), set: [] });
  }
  return {
    headersFor(url) {
      const path = url.split(/[?#]/)[0];
      const set = headers.filter((rule) => matchOf(rule, path)).flatMap((rule) => rule.set);
      return set.filter(([, value]) => !/[\0\r\n]/.test(value));
    },
    redirectFor(path) {
      for (const rule of redirects) {
        const values = matchOf(rule, path);
        const fill = (all, name) => (Object.hasOwn(values, name) ? values[name].split('/').map(encodeURIComponent).join('/') : all);
        if (values) return { ...rule, to: rule.to.replace(/(?<=\/):([A-Za-z]\w*)/g, fill) };
      }
      return undefined;
    },
  };
}

/**
 * Folders below the given folder with a page that the build wrote, the nearest first: the page is newer than this file, which
 * is written before the build.
 */
async function freshPages(folder, depth, began) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found = [];
  const page = await stat(join(folder, 'index.html')).catch(() => undefined);
  if (page?.isFile() && page.mtimeMs > began) found.push({ folder, depth });
  for (const entry of entries) {
    const skipped = ['node_modules', '.git', '.gantry', '.cache', '.next', 'coverage', 'test'].includes(entry.name);
    if (entry.isDirectory() && !skipped && depth < 5) found.push(...(await freshPages(join(folder, entry.name), depth + 1, began)));
  }
  return found;
}

/**
 * Checks that a build wrote a page to its folder. If the page is in another folder, that folder replaces the planned
 * one. Returns the exit code.
 */
async function check(planned) {
  const here = dirname(HERE);
  const folder = join(here, planned);
  const page = await stat(join(folder, 'index.html')).catch(() => undefined);
  if (page?.isFile()) return 0;
  const began = (await stat(fileURLToPath(import.meta.url))).mtimeMs;
  const found = (await freshPages(here, 0, began)).filter((each) => each.depth > 0).sort((a, b) => a.depth - b.depth);
  const name = (path) => path.slice(here.length + 1);
  if (found.length > 0 && !folder.startsWith(found[0].folder + sep)) {
    console.log('The build wrote its index.html to ' + name(found[0].folder) + ', not to ' + planned + '. The app serves that folder.');
    const making = join(HERE, 'site');
    await rename(found[0].folder, making);
    await rm(folder, { recursive: true, force: true });
    await mkdir(dirname(folder), { recursive: true });
    await rename(making, folder);
    return 0;
  }
  const looked = (await readdir(here, { withFileTypes: true })).filter((entry) => entry.isDirectory() && !/^(node_modules|\.)/.test(entry.name));
  console.error('The build wrote no index.html, neither to ' + planned + ' nor to another folder (' + (looked.map((entry) => entry.name).join(', ') || 'there is none') + '). Name the folder of its result with "static": { "folder": "..." } in gantry.json');
  return 1;
}
`;
