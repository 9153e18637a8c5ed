import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Repositories, Repository } from './git-repository.ts';

/** A repository of the stand-in, by its name `acme/shop`. */
export interface HostedRepository extends Repository {
  readonly id: number;
  /** It changes at a rename or transfer; the repository's id does not. */
  readonly fullName: string;
  readonly owner: string;
  /** Further permissions besides those of the account's owners, by login. */
  readonly collaborators: Map<string, 'read' | 'write'>;
}

export interface Installation {
  readonly id: number;
  readonly account: string;
  /** Full names; `all` for every repository of the account. */
  repositories: readonly string[] | 'all';
  /** The owners of the account, with all permissions on its repositories. */
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
  /** The App's permissions from its manifest. */
  readonly permissions: Readonly<Record<string, string>>;
  readonly redirectUrls: readonly string[];
}

/** The state of the stand-in. */
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
  /** Answers in place of the API's next ones, for a busy GitHub. */
  readonly refusals: {
    readonly status: number;
    readonly headers?: Record<string, string>;
    readonly message: string;
  }[] = [];
  /** The user at the browser. */
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

  /** The number of the account with that login. */
  idOf(login: string): number {
    const id = this.#ids.get(login) ?? this.nextId();
    this.#ids.set(login, id);
    return id;
  }

  /** Deletes the account of that login: the next account with the login is another person. */
  forgetLogin(login: string): void {
    this.#ids.delete(login);
  }

  /** A person's permission on a repository of the installation. */
  permission({ people }: Installation, { collaborators }: HostedRepository, login: string) {
    return people.includes(login) ? 'admin' : (collaborators.get(login) ?? 'none');
  }

  /** Whether a person has access to a repository of an installation, or owns its account: GitHub then lists the installation to them. */
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
