import { createClient } from '@gantry/client/client.ts';
import { beginSignIn } from '@gantry/client/sign-in.ts';
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Bed, Running } from '../cli/command.ts';
import { eventually, type Platform } from '../journeys/platform.ts';
import { patience } from '../patience.ts';
import { inBrowser } from './browser.ts';
import { choosePassword, fillInSignIn, temporaryPassword } from './signed-in.ts';

/** A platform before the first sign-in, and the published command. */
interface Place {
  readonly bed: Bed;
  readonly platform: Platform;
}

const GUEST = 'guest@example.com';
/** Chromium's line on the console for a refused page. */
const REFUSED_PAGE = /Failed to load resource: the server responded with a status of 40\d/;

export function itSignsIn(at: () => Place): void {
  /** `gantry login` without a browser of its own, and the address that it asks its user to visit. */
  async function login(): Promise<{ command: Running; address: string }> {
    const command = at().bed.start(['login', '--api', at().platform.endpoints.api, '--print']);
    const address = () => /http\S+\/oauth2\/authorize\S+/.exec(command.said())?.[0];
    await eventually('the address of the sign-in', () => address() !== undefined, patience(20_000));
    return { command, address: address() ?? '' };
  }

  async function ended(command: Running): Promise<number | null> {
    await eventually('the end of the command', () => command.exitCode !== null, patience(20_000));
    return command.exitCode;
  }

  const heading = (page: Page, name: string) => page.getByRole('heading', { name }).waitFor();

  inBrowser('signs the first owner in, says that a password is wrong, and remembers the user', async (person) => {
    const { page, expectErrors } = person;
    const { email, password } = at().platform.endpoints.owner;
    const first = await login();
    await page.goto(first.address);
    await fillInSignIn(page, email, 'wrong');
    expectErrors(REFUSED_PAGE);
    expect(await page.getByRole('alert').textContent()).toBe('Incorrect e-mail or password.');
    expect(await page.getByLabel('E-mail').inputValue()).toBe(email);
    // The e-mail is filled in, and the password has the focus.
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await heading(page, 'You are signed in');
    expect(await page.getByRole('main').textContent()).toContain('Return to your terminal.');
    expect(await ended(first.command)).toBe(0);
    expect((await at().bed.run(['whoami'])).stdout).toContain(email);

    const second = await login();
    await page.goto(second.address);
    await heading(page, 'You are signed in');
    expect(await ended(second.command)).toBe(0);
  });

  inBrowser('lets an invited user choose a password, and signs them in', async ({ page, expectErrors }) => {
    const { bed } = at();
    expect((await bed.run(['team', 'invite', GUEST])).code).toBe(0);
    const { command, address } = await login();
    await page.goto(address);
    await fillInSignIn(page, GUEST, temporaryPassword(at().platform, GUEST));
    await heading(page, 'Choose a password');
    await choosePassword(page, 'short');
    expectErrors(REFUSED_PAGE);
    expect(await page.getByRole('alert').textContent()).toContain('not long enough: 12 characters');
    await choosePassword(page, 'correct-Horse-42-battery');
    await heading(page, 'You are signed in');
    expect(await ended(command)).toBe(0);
    expect((await bed.run(['whoami'])).stdout).toContain(GUEST);
  });

  inBrowser('says in the browser and at the terminal that a sign-in was declined', async ({ page, expectErrors }) => {
    const { command, address } = await login();
    const { searchParams } = new URL(address);
    const back = new URL(searchParams.get('redirect_uri') ?? '');
    expectErrors(REFUSED_PAGE);
    await page.goto(`${back.href}?error=access_denied&state=of-somebody-else`);
    await heading(page, 'This page is not part of a sign-in');
    back.search = new URLSearchParams({
      error: 'access_denied',
      error_description: 'The person declined',
      state: searchParams.get('state') ?? '',
    }).toString();
    await page.goto(back.href);
    await heading(page, 'You are not signed in');
    expect(await ended(command)).not.toBe(0);
    expect(command.said()).toContain('The person declined');
  });

  inBrowser('gives a code that is useless without the secret of the command that asked', async ({ context }) => {
    const { api, owner } = at().platform.endpoints;
    const signIn = await createClient({ baseUrl: api })('signIn.get', {});
    const { url, verifier, redirectUrl } = await beginSignIn(signIn, signIn.redirectUrls.at(-1) ?? '');
    /** What a program gets if it listens at the redirect's port, or reads the browser's history. */
    const codeOf = async (act: (page: Page) => Promise<unknown>): Promise<string> => {
      const page = await context.newPage();
      const back = page.waitForRequest((request) => request.url().startsWith(redirectUrl));
      // Nobody listens there, so the browser shows its own error page.
      await Promise.all([back, act(page).catch(() => undefined)]);
      return new URL((await back).url()).searchParams.get('code') ?? '';
    };
    const redeem = async (code: string, fields: Readonly<Record<string, string>>) => {
      const grant = { grant_type: 'authorization_code', client_id: signIn.clientId, redirect_uri: redirectUrl, code };
      const body = new URLSearchParams({ ...grant, ...fields });
      return (await fetch(signIn.tokenUrl, { method: 'POST', body })).status;
    };
    const first = await codeOf(async (page) => {
      await page.goto(url);
      await fillInSignIn(page, owner.email, owner.password);
    });
    expect(await redeem(first, {})).toBe(400);
    const second = await codeOf((page) => page.goto(url));
    expect(await redeem(second, { code_verifier: 'A'.repeat(43) })).toBe(400);
    const third = await codeOf((page) => page.goto(url));
    expect(await redeem(third, { code_verifier: verifier })).toBe(200);
  });

  inBrowser('signs out', async ({ page }) => {
    const { bed } = at();
    expect((await bed.run(['logout', '--everywhere'])).code).toBe(0);
    expect((await bed.run(['whoami'])).stderr).toContain('You are not signed in');
    const { command, address } = await login();
    await page.goto(address);
    await heading(page, 'Sign in');
    command.kill('SIGINT');
    await ended(command);
  });

  inBrowser('shows the reference of the API, from a narrow screen to a wide one', async ({ page }) => {
    await page.goto(`${at().platform.endpoints.api}/docs`);
    await heading(page, 'Gantry API');
    await page.getByRole('link', { name: 'deployments.create' }).first().click();
    expect(new URL(page.url()).hash).toBe('#deployments.create');
    for (const width of [360, 768, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      expect([width, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([width, width]);
    }
  });
}
