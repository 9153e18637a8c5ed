import { isShellPath } from './shell-paths.ts';

/** What a service worker has of the types of a page's script: https://www.w3.org/TR/service-workers/ */
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
declare const skipWaiting: () => Promise<void>;

/** The entry page's files, which `build/shell-files.ts` puts in the place of this. */
declare const SHELL_FILES: readonly string[];
const ENTRY = '/index.html';
const CACHE = 'gantry-shell';

const files = SHELL_FILES;

/** Takes the shell of this release in, which any worker may serve: names of files carry the hash of what is in them. */
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
 * The entry page as it is now; the one that is kept where nothing answers. It is asked for by its own address: a navigation that a worker
 * passes on no longer says that it is one (`Sec-Fetch-Dest: empty`), and is refused where another site led here, as the sign-in does.
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

/** Answers for the shell alone. Everything else goes its way as if there were no worker, what the API answers above all. */
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
