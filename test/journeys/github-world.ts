import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Repositories, Repository } from './git-repository.ts';

/** A repository of the stand-in, by its name `acme/shop`. */
export interface HostedRepository extends Repository {
  readonly id: number;
  /** It changes when the repository is renamed or transferred; its id does not. */
  readonly fullName: string;
  readonly owner: string;
  /** Who may do what in it beside the owners of its account, by login. */
  readonly collaborators: Map<string, 'read' | 'write'>;
}

export interface Installation {
  readonly id: number;
  readonly account: string;
  /** Full names; `all` for whatever the account has. */
  repositories: readonly string[] | 'all';
  /** The owners of the account, who may do everything in all of its repositories. */
  readonly people: readonly string[];
  suspendedAt: string | null;
}

export type Token =
  | { readonly kind: 'person'; readonly login: string }
  | {
      readonly kind: 'installation';
      readonly installation: Installation;
      /** Their ids. */
      readonly repositories: readonly number[];
      readonly permissions: Readonly<Record<string, string>>;
      readonly expiresAt: number;
    };

/** A commit status, a deployment or a status of one, as the App sent it. */
export interface Received {
  readonly repository: string;
  /** The commit of a commit status, the id of a deployment. */
  readonly of: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly webhookSecret: string;
  readonly privateKey: string;
  readonly publicKey: string;
  /** What the manifest says that the App may do. */
  readonly permissions: Readonly<Record<string, string>>;
  readonly redirectUrls: readonly string[];
}

/** What there is on the stand-in. */
export class World {
  readonly store: Repositories;
  readonly repositories = new Map<string, HostedRepository>();
  readonly installations = new Map<number, Installation>();
  readonly tokens = new Map<string, Token>();
  readonly statuses: Received[] = [];
  readonly deployments: Received[] = [];
  readonly deploymentStatuses: Received[] = [];
  /** Method and path of each call of the API so far. */
  readonly calls: string[] = [];
  /** Answers in the place of the API's next ones: for what GitHub does when it is busy. */
  readonly refusals: {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly message: string;
  }[] = [];
  /** Who sits at the browser. */
  login = 'ada';
  app: App;
  readonly #ids = new Map<string, number>();
  #lastId = 1000;

  constructor(store: Repositories, redirectUrls: readonly string[]) {
    this.store = store;
    const permissions = {
      contents: 'read',
      metadata: 'read',
      statuses: 'write',
      deployments: 'write',
      pull_requests: 'read',
    };
    this.app = this.newApp('Gantry Test', permissions, redirectUrls);
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  newApp(name: string, permissions: App['permissions'], redirectUrls: readonly string[]): App {
    const keys = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    });
    return {
      ...keys,
      id: this.nextId(),
      name,
      slug: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
      clientId: `Iv23li${randomBytes(7).toString('hex')}`,
      clientSecret: randomBytes(20).toString('hex'),
      webhookSecret: randomBytes(20).toString('hex'),
      permissions,
      redirectUrls,
    };
  }

  newToken(prefix: string, token: Token): string {
    const text = prefix + randomBytes(18).toString('hex');
    this.tokens.set(text, token);
    return text;
  }

  /** GitHub's number of the account of that login. */
  idOf(login: string): number {
    const id = this.#ids.get(login) ?? this.nextId();
    this.#ids.set(login, id);
    return id;
  }

  /** The account of that login is deleted: who takes the login next is somebody else. */
  forgetLogin(login: string): void {
    this.#ids.delete(login);
  }

  /** What a person may do in a repository that the installation has. */
  permission({ people }: Installation, { collaborators }: HostedRepository, login: string) {
    return people.includes(login) ? 'admin' : (collaborators.get(login) ?? 'none');
  }

  /** Whether a person has access to at least one repository of an installation, or owns its account: GitHub lists it to them then. */
  lists(installation: Installation, login: string): boolean {
    return (
      installation.people.includes(login) ||
      [...this.repositories.values()].some(
        (repository) => this.has(installation, repository.fullName) && repository.collaborators.has(login),
      )
    );
  }

  has({ account, repositories }: Installation, fullName: string): boolean {
    return (
      this.repositories.has(fullName) &&
      (repositories === 'all' ? fullName.startsWith(`${account}/`) : repositories.includes(fullName))
    );
  }
}
