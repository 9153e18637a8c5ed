interface Policies {
  createPolicy(name: string, rules: { createScriptURL(): string }): { createScriptURL(text: string): unknown };
}

/** The content security policy allows one Trusted Types policy of this name. This module creates it, so that no other text can become a script. */
const POLICY = 'gantry-worker';
const URL = '/worker.js';

/** Caches the shell on this device after the page has loaded, so that the dashboard opens offline. Without the worker all else still works. */
export function keepShell(): void {
  if (!('serviceWorker' in navigator)) return;
  const { trustedTypes } = window as { readonly trustedTypes?: Policies };
  const url = trustedTypes?.createPolicy(POLICY, { createScriptURL: () => URL }).createScriptURL('') ?? URL;
  addEventListener('load', () => void navigator.serviceWorker.register(url as string).catch(() => undefined));
}
