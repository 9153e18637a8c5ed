import { isShellPath } from './shell-paths.ts';

/** The types of a service worker that TypeScript's types of a page lack: https://www.w3.org/TR/service-workers/ */
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
declare const skipWaiting: () => Promise<void>;

/** The files of the entry page. `build/shell-files.ts` replaces this constant. */
declare const SHELL_FILES: readonly string[];
const ENTRY = '/index.html';
const CACHE = 'gantry-shell';

const files = SHELL_FILES;

/** Caches the shell of this release. Workers of other releases may serve its files too, because their names have a hash of the content. */
async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll([ENTRY, ...files].map((path) => new Request(path, { cache: 'no-cache' })));
  await skipWaiting();
}

async function dropOthers(): Promise<void> {
  const cache = await caches.open(CACHE);
  const known = await cache.keys();
  const old = known.filter(({ url }) => ![ENTRY, ...files].includes(new URL(url).pathname));
  await Promise.all(old.map((request) => cache.delete(request)));
}

/**
 * The present entry page, or the cached one if nothing answers. It is read at its own address: a navigation that a worker passes on has
 * `Sec-Fetch-Dest: empty`, and is refused if it comes from another site, such as the sign-in.
 */
async function entryPage(): Promise<Response> {
  try {
    return await fetch(ENTRY);
  } catch (error) {
    const kept = await caches.match(ENTRY);
    if (kept === undefined) throw error;
    return kept;
  }
}

const file = async (request: Request): Promise<Response> => (await caches.match(request)) ?? fetch(request);

/** Answers requests for the shell only. All other requests, above all those to the API, bypass the worker. */
function answer(event: Fetching): void {
  const { mode, method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== location.origin) return;
  if (mode === 'navigate' && isShellPath(pathname)) event.respondWith(entryPage());
  else if (files.includes(pathname)) event.respondWith(file(event.request));
}

addEventListener('install', (event) => (event as Lasting).waitUntil(install()));
addEventListener('activate', (event) => (event as Lasting).waitUntil(dropOthers()));
addEventListener('fetch', (event) => answer(event as Fetching));
