import { describe, expect, it } from '@jest/globals';
import { paths } from '../../../dashboard/paths.ts';
import { isShellPath } from '../../../dashboard/worker/shell-paths.ts';

const slugs = { team: 'acme', project: 'shop', environment: 'production', service: 'web', database: 'orders' };

describe('the worker of the dashboard', () => {
  it('answers for each page of the dashboard', () => {
    const { home, account, team, members, tokens, github, channels, audit, teamSettings, deployment, ...others } =
      paths;
    const ofTeam = [team, members, tokens, github, channels, audit, teamSettings].map((path) => path(slugs.team));
    const all = Object.values(others).map((path) => path(slugs));
    const pages = [home(), account(), '/github', '/signed-in', ...ofTeam, ...all, deployment(slugs, 'dpl_1')];
    expect(pages.filter((path) => !isShellPath(path))).toEqual([]);
  });

  it('does not handle the API, its reference, webhooks, files and unknown paths', () => {
    const others = ['/v1/health', '/v1/', '/docs', '/webhooks/github', '/live', '/worker.js', '/assets/a.js', '/teams'];
    expect(others.filter(isShellPath)).toEqual([]);
  });
});
