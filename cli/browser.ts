import { spawn } from 'node:child_process';

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/**
 * Opens an address in the browser of the user. The result says whether a program was found. The variable `BROWSER` names another browser. Addresses may
 * come from a server, so only http and https are opened.
 */
export async function openInBrowser(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  if (!/^https?:\/\//.test(address)) return false;
  const [program = 'xdg-open', ...args] = env.BROWSER ? [env.BROWSER] : (openers[process.platform] ?? []);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const child = spawn(program, [...args, address], { stdio: 'ignore', detached: true });
  child.once('error', () => resolve(false));
  child.once('spawn', () => resolve(true));
  child.unref();
  return promise;
}
