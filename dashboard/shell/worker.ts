interface Policies {
  createPolicy(name: string, rules: { createScriptURL(): string }): { createScriptURL(text: string): unknown };
}

/** The page's content security policy lets one policy of this name be made, and this module makes it: no other text becomes a script. */
const POLICY = 'gantry-worker';
const URL = '/worker.js';

/** Keeps the shell on this device once the page has loaded, so that it opens without a network. A browser that will not is none the worse. */
export function keepShell(): void {
  if (!('serviceWorker' in navigator)) return;
  const { trustedTypes } = window as { readonly trustedTypes?: Policies };
  const url = trustedTypes?.createPolicy(POLICY, { createScriptURL: () => URL }).createScriptURL('') ?? URL;
  addEventListener('load', () => void navigator.serviceWorker.register(url as string).catch(() => undefined));
}
