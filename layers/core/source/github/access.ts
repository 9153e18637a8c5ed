import { permissionOn } from '@gantry/cloud/github/people.ts';
import type { GitHub } from '@gantry/cloud/github/request.ts';
import { type GitHubRepository, installationToken } from '@gantry/cloud/github/tokens.ts';
import { type ErrorKind, GantryError } from '@gantry/contract/errors.ts';
import type { Caller } from '../../access/caller.ts';
import { item } from '../../kernel/entity.ts';
import { lookUp, optional } from '../../kernel/lookup.ts';
import type { Write } from '../../kernel/write.ts';
import { AccountEntity, type AccountRecord, type InstallationRecord } from '../../records/github.ts';
import { membershipAt } from '../../records/identity-lookups.ts';
import { allAccounts } from './accounts.ts';
import { github } from './app.ts';
import { installationOf } from './holders.ts';

/** How many repositories one account may connect to a team. */
const MAX_REPOSITORIES = 500;
/** GitHub's answer for a repository that the App cannot reach. */
const UNREACHABLE: readonly ErrorKind[] = ['NotFound', 'Invalid', 'Forbidden'];

/** A repository as a service or a deployment names it. */
export interface NamedRepository {
  readonly repository: string;
  /** Its number on GitHub; absent in older records. */
  readonly repositoryId?: string | undefined;
}

/** A repository that a team may use. */
export interface ReachableRepository {
  readonly github: GitHub;
  readonly repository: GitHubRepository & { readonly id: number };
  /** Whether the person who connected it may write to it: only then may the App write statuses for the team. */
  readonly mayWrite: boolean;
}

/**
 * Finds a repository that the team may use: a member connected it, is still a member, and GitHub confirms now that this member has access. Earlier
 * answers from GitHub do not count. Throws Conflict with advice otherwise.
 */
export async function reachRepository(teamId: string, named: NamedRepository): Promise<ReachableRepository> {
  const { installation, app, repository } = await findRepository(teamId, named);
  if (repository === undefined) {
    const message = `GitHub has no ${named.repository}, or the App is not installed on it. Check the name, and the App's installation in GitHub's settings.`;
    throw new GantryError('Conflict', message);
  }
  const id = String(repository.id);
  const connected = (await accountsOf(installation)).filter(({ repositories }) => repositories?.includes(id));
  const permission = await bestPermission(app, repository, connected);
  if (permission !== 'none') return { github: app, repository, mayWrite: permission === 'write' };
  const logins = connected.map(({ login }) => login).join(', ');
  const who =
    logins === ''
      ? `No member of this team has connected ${repository.fullName}`
      : `GitHub says that ${logins}, who connected ${repository.fullName} for this team, may not read it any more`;
  const remedy = 'Connect an account on GitHub that may, then set the repository of the service again';
  throw new GantryError('Conflict', `${who}. ${remedy}.`);
}

/** The repository as a service records it, and the write that keeps the person who connected it. */
export interface Connection {
  readonly repositoryId: string;
  readonly fullName: string;
  readonly writes: readonly Write[];
}

/**
 * Connects a repository that a member names for a service. The member's own account on GitHub must have access now, unless another member connected
 * the repository and still has access. Otherwise throws Conflict, with the same text whether or not the repository exists.
 */
export async function connectRepository({ userId }: Caller, teamId: string, fullName: string): Promise<Connection> {
  const { installation, app, repository } = await findRepository(teamId, { repository: fullName });
  if (repository !== undefined) {
    const id = String(repository.id);
    const accounts = await accountsOf(installation);
    const own = accounts.filter((account) => account.userId === userId);
    if ((await bestPermission(app, repository, own)) !== 'none') {
      return { repositoryId: id, fullName: repository.fullName, writes: connectionWrites(own[0], id) };
    }
    const others = accounts.filter((account) => account.userId !== userId && account.repositories?.includes(id));
    if ((await bestPermission(app, repository, others)) !== 'none') {
      return { repositoryId: id, fullName: repository.fullName, writes: [] };
    }
  }
  const message = `is not a repository that you have shown to have access to. Check the name, add ${fullName} to the App's installation on GitHub, and connect your account on GitHub to this team`;
  throw new GantryError('Conflict', `body.source.repository ${message}.`, [
    { field: 'body.source.repository', message },
  ]);
}

/** The team's installation for the repository's account, and the repository if the installation has it. */
async function findRepository(teamId: string, { repository: fullName, repositoryId }: NamedRepository) {
  const [owner = ''] = fullName.split('/');
  const installation = await installationOf(teamId, owner);
  if (installation === undefined) {
    const message = `belongs to ${owner}, whose installation this team has not joined: join it first`;
    throw new GantryError('Conflict', `${fullName} ${message}.`, [{ field: 'body.source.repository', message }]);
  }
  if (installation.suspended) {
    throw new GantryError('Conflict', `The installation of ${owner} is suspended: unsuspend it on GitHub.`);
  }
  const installationId = Number(installation.installationId);
  const wanted = { installationId, id: repositoryId === undefined ? undefined : Number(repositoryId), fullName };
  const app = await github();
  try {
    const found = await installationToken(app, wanted, { metadata: 'read' });
    return { installation, app, repository: { installationId, id: found.id, fullName: found.fullName } };
  } catch (error) {
    if (!(error instanceof GantryError && UNREACHABLE.includes(error.kind))) throw error;
    return { installation, app, repository: undefined };
  }
}

/** The accounts on GitHub of present members, for one installation. */
async function accountsOf(installation: InstallationRecord): Promise<AccountRecord[]> {
  const accounts = await allAccounts(installation);
  const { teamId } = installation;
  const members = await lookUp(...accounts.map(({ userId }) => optional(membershipAt(teamId, userId))));
  return accounts.filter((_account, at) => members[at] !== undefined);
}

/** The highest permission of these accounts on a repository. GitHub is asked until one may write. */
async function bestPermission(app: GitHub, repository: GitHubRepository, accounts: readonly AccountRecord[]) {
  let best: Awaited<ReturnType<typeof permissionOn>> = 'none';
  for (const { githubId: id, login } of accounts) {
    const permission = await permissionOn(app, repository, { id, login });
    if (permission === 'write') return permission;
    if (permission === 'read') best = permission;
  }
  return best;
}

function connectionWrites(account: AccountRecord | undefined, repositoryId: string): Write[] {
  if (account === undefined || account.repositories?.includes(repositoryId)) return [];
  const { teamId, joinId, userId } = account;
  const connected = AccountEntity.patch({ teamId, joinId, userId })
    .add({ repositories: [repositoryId] })
    // `githubId` is a number: `value` makes it a placeholder, which the expression must then name.
    .where(
      ({ repositories, githubId }, { exists, notExists, size, value }) =>
        `${exists(githubId)} AND (${notExists(repositories)} OR ${size(repositories)} < ${value(githubId, MAX_REPOSITORIES)})`,
    );
  const full = `One account can connect ${MAX_REPOSITORIES} repositories to a team.`;
  return [{ item: item.update(connected), otherwise: new GantryError('QuotaExceeded', full) }];
}
