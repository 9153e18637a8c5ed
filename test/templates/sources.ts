/** The source of a public template: a generator, or a folder of its repository. */
type Source =
  | {
      /** The generator's package with its version, as the table names it. */
      readonly generator: string;
      /** The command that makes the app in the folder `app` below its working folder. */
      readonly command: string;
    }
  | {
      readonly repository: string;
      /** A branch, or a commit's full id; by default the newest commit of the main branch. */
      readonly ref?: string;
      readonly folder?: string;
    };

/** A public template, and paths that its app must answer with 200. */
export interface Template {
  readonly name: string;
  readonly source: Source;
  readonly paths: readonly string[];
}

/** A generator of npm that runs without questions. */
function npm(generator: string, args: string): Source {
  return { generator, command: `npx --yes ${generator} ${args}` };
}

/** Starters from their makers. For a generator that only copies a folder of a repository, that folder is used. */
export const TEMPLATES: readonly Template[] = [
  { name: 'Express', source: npm('express-generator@4.16.1', '--no-view app'), paths: ['/', '/users'] },
  { name: 'Fastify', source: npm('fastify-cli@8.0.2', 'generate app'), paths: ['/', '/example'] },
  { name: 'Hono', source: { repository: 'honojs/starter', folder: 'templates/nodejs' }, paths: ['/'] },
  { name: 'NestJS', source: { repository: 'nestjs/typescript-starter' }, paths: ['/'] },
  {
    name: 'Next.js',
    // Without `--empty` its build loads fonts from the network.
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
    // The newest Django 5.2, with long-term support. Django 6 needs a newer Python than many machines have.
    source: { repository: 'heroku/python-getting-started', ref: '5d9261188f60c80a40e50d2a49ad26f0ae457880' },
    paths: ['/'],
  },
  { name: 'Gin', source: { repository: 'railwayapp-templates/gin' }, paths: ['/'] },
];
