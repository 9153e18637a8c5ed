import { createClient } from '@gantry/client/client.ts';
import { expect } from '@jest/globals';
import { newService, type Platform } from '../journeys/platform.ts';
import { expectAccessible } from './axe.ts';
import { inBrowser } from './browser.ts';
import { choosePassword, fillInSignIn, temporaryPassword } from './signed-in.ts';

const VIEWER = 'viewer@example.com';
const PASSWORD = 'a-Viewers-own-42-words';

export function itTellsAViewerNo(at: () => Platform): void {
  inBrowser(
    'shows a viewer the running services without buttons that change them, and names the roles that can',
    async ({ page, expectErrors }) => {
      const { endpoints } = at();
      const owner = await at().client();
      const target = await newService(owner, 'gallery');
      const { teamId } = target;
      await owner('invitations.create', { params: { teamId }, body: { email: VIEWER, role: 'viewer' } });
      await page.goto(endpoints.api);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await fillInSignIn(page, VIEWER, temporaryPassword(at(), VIEWER));
      await choosePassword(page, PASSWORD);
      await page.getByRole('heading', { name: 'Invitations' }).waitFor();
      await expectAccessible(page);
      let token = '';
      page.on('request', (request) => {
        token = request.headers()['authorization']?.replace('Bearer ', '') ?? token;
      });
      await page.getByRole('button', { name: 'Accept' }).click();
      await page.getByText('You have joined the team.').waitFor();

      const project = '/teams/team/projects/gallery/production';
      const changes =
        /^(New|Deploy|Delete|Save|Invite|Roll back|Redeploy|Stop|Add|Edit|Rename|Join|Create|Remove|Back up|Restore|Clone|Scale|Rotate|Send|Silence|Change|Actions)/;
      for (const [path, heading] of [
        ['/teams/team', 'Projects'],
        ['/teams/team/members', 'Members'],
        ['/teams/team/github', 'GitHub'],
        ['/teams/team/notifications', 'Notifications'],
        [project, 'gallery'],
        [`${project}/-/databases`, 'Databases'],
        [`${project}/-/settings`, 'Settings'],
        [`${project}/web`, 'web'],
        [`${project}/web/alerts`, 'Alerts'],
        [`${project}/web/metrics`, 'Metrics'],
        [`${project}/web/variables`, 'Variables'],
        [`${project}/web/settings`, 'Settings'],
      ] as const) {
        await page.goto(`${endpoints.api}${path}`);
        await page.getByRole('heading', { name: heading, exact: true, level: 1 }).waitFor();
        await page.getByText('Live', { exact: true }).first().waitFor();
        const offered = page.getByRole('main').getByRole('button', { name: changes, disabled: false });
        expect([path, await offered.allTextContents()]).toEqual([path, []]);
        expect([path, await page.getByRole('button', { name: 'Copy the command' }).count()]).toEqual([path, 0]);
      }
      await page.getByText('Your role, viewer, lets you look at them.').waitFor();
      await expectAccessible(page);
      expectErrors(/status of 403|Forbidden: /);
      await page.goto(`${endpoints.api}/teams/team/audit`);
      await page.getByText('Your role on this team is viewer, which cannot read the audit log.').waitFor();
      await page.getByRole('link', { name: 'Go to the overview' }).waitFor();
      expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
      await expectAccessible(page);

      // The API refuses calls that the page does not offer.
      const viewer = createClient({ baseUrl: endpoints.api, token: () => token });
      await expect(viewer('deployments.create', { params: target, body: {} })).rejects.toThrow(
        /is viewer, which cannot deploy\. Ask an owner or admin\./,
      );
    },
    120_000,
  );
}
