/** Where a public template comes from: what its generator makes, or a folder of its repository. */
type Source =
  | {
      /** The generator's package with its version, as the table names it. */
      readonly generator: string;
      /** The command that makes the app in the folder `app` below the one that it runs in. */
      readonly command: string;
    }
  | {
      readonly repository: string;
      /** A branch, or a commit's full id; the newest of the main branch where it is left out. */
      readonly ref?: string;
      readonly folder?: string;
    };

/** A public template, and paths that the app must answer with 200. */
export interface Template {
  readonly name: string;
  readonly source: Source;
  readonly paths: readonly string[];
}

/** A generator of npm, which runs without asking. */
function npm(generator: string, args: string): Source {
  return { generator, command: `npx --yes ${generator} ${args}` };
}

/** Starters as their makers publish them. A generator that only copies a folder of a repository is passed over for that folder. */
export const TEMPLATES: readonly Template[] = [
  { name: 'Express', source: npm('express-generator@4.16.1', '--no-view app'), paths: ['/', '/users'] },
  { name: 'Fastify', source: npm('fastify-cli@8.0.2', 'generate app'), paths: ['/', '/example'] },
  { name: 'Hono', source: { repository: 'honojs/starter', folder: 'templates/nodejs' }, paths: ['/'] },
  { name: 'NestJS', source: { repository: 'nestjs/typescript-starter' }, paths: ['/'] },
  {
    name: 'Next.js',
    // Without `--empty` it loads fonts from the network as it is built.
    source: npm('create-next-app@16.4.3', 'app --yes --empty --skip-install --disable-git'),
    paths: ['/'],
  },
  { name: 'Nuxt', source: { repository: 'nuxt/starter', ref: 'v4' }, paths: ['/', '/robots.txt'] },
  {
    name: 'React Router',
    source: { repository: 'remix-run/react-router-templates', folder: 'minimal' },
    paths: ['/'],
  },
  {
    name: 'SvelteKit',
    source: npm('sv@0.17.1', 'create app --template minimal --types ts --no-add-ons --no-install'),
    paths: ['/'],
  },
  { name: 'Astro', source: { repository: 'withastro/astro', folder: 'examples/minimal' }, paths: ['/'] },
  {
    name: 'Angular',
    source: npm('@angular/cli@22.2.7', 'new app --defaults --skip-install --skip-git'),
    paths: ['/', '/a/deep/link'],
  },
  {
    name: 'Vite',
    source: npm('create-vite@9.3.0', 'app --template react-ts --no-interactive'),
    paths: ['/', '/a/deep/link'],
  },
  { name: 'FastAPI', source: { repository: 'render-examples/fastapi' }, paths: ['/', '/docs', '/items/7'] },
  { name: 'Flask', source: { repository: 'render-examples/flask-hello-world' }, paths: ['/'] },
  {
    name: 'Django',
    // The newest one of Django 5.2, which has long-term support. Django 6 takes a newer Python than many machines have.
    source: { repository: 'heroku/python-getting-started', ref: '5d9261188f60c80a40e50d2a49ad26f0ae457880' },
    paths: ['/'],
  },
  { name: 'Gin', source: { repository: 'railwayapp-templates/gin' }, paths: ['/'] },
];
