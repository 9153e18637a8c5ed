import type { Group, Verb } from './declare.ts';

/** One word after `gantry`. Its module is loaded when the word is used. */
export interface Entry {
  readonly summary: string;
  /** Other words for it. */
  readonly aliases?: readonly string[];
  readonly load: () => Promise<{ readonly command: Verb | Group }>;
}

/** Every verb, in the order of the help. */
export const verbs: Readonly<Record<string, Entry>> = {
  login: { summary: 'Sign in to a Gantry', load: () => import('./commands/login.ts') },
  logout: { summary: 'Sign out of a Gantry on this machine', load: () => import('./commands/logout.ts') },
  whoami: { summary: 'Your account and your teams', load: () => import('./commands/whoami.ts') },
  init: { summary: 'Create a project and a service for this folder', load: () => import('./commands/init.ts') },
  link: { summary: 'Link this folder to an existing service', load: () => import('./commands/link.ts') },
  status: {
    summary: 'The state of the service in an environment',
    aliases: ['ps'],
    load: () => import('./commands/status.ts'),
  },
  open: { summary: 'Open the app in the browser', load: () => import('./commands/open.ts') },
  up: { summary: 'Upload this folder and deploy it', load: () => import('./commands/up.ts') },
  deploy: {
    summary: "Deploy the service's repository or image",
    load: () => import('./commands/deploy.ts'),
  },
  plan: { summary: 'How a build would build this folder, and why', load: () => import('./commands/plan.ts') },
  dockerfile: {
    summary: 'The Dockerfile that a build would use',
    load: () => import('./commands/dockerfile.ts'),
  },
  deployments: { summary: 'The deployments, newest first', load: () => import('./commands/deployments.ts') },
  logs: { summary: 'The output of the app or of a build', load: () => import('./commands/logs.ts') },
  metrics: {
    summary: 'Requests, errors, latency, processor and memory of the app',
    load: () => import('./commands/metrics.ts'),
  },
  alerts: {
    summary: 'Alerts on the metrics of an app',
    aliases: ['alert'],
    load: () => import('./commands/alerts.ts'),
  },
  channels: {
    summary: 'Where the team gets its notifications',
    aliases: ['channel'],
    load: () => import('./commands/channels.ts'),
  },
  promote: {
    summary: 'Release what is live in another environment',
    load: () => import('./commands/promote.ts'),
  },
  pause: { summary: 'Keep the share of a deployment in flight', load: () => import('./commands/pause.ts') },
  resume: { summary: 'Let a paused deployment go on', load: () => import('./commands/resume.ts') },
  advance: { summary: 'Give a deployment its next share now', load: () => import('./commands/advance.ts') },
  cancel: { summary: 'Stop a deployment in flight', load: () => import('./commands/cancel.ts') },
  retry: {
    summary: 'Retry a failed deployment',
    aliases: ['redrive'],
    load: () => import('./commands/retry.ts'),
  },
  rollback: { summary: 'Return to an earlier release', load: () => import('./commands/rollback.ts') },
  restart: { summary: 'Restart the live release', aliases: ['redeploy'], load: () => import('./commands/restart.ts') },
  stop: { summary: 'Stop a service until it is started again', load: () => import('./commands/stop.ts') },
  start: { summary: 'Start a stopped service again', load: () => import('./commands/start.ts') },
  scale: { summary: 'Set the number and size of instances', load: () => import('./commands/scale.ts') },
  variables: {
    summary: 'The variables of a service, an environment or a project',
    aliases: ['vars', 'variable'],
    load: () => import('./commands/variables.ts'),
  },
  run: { summary: "Run a command here with the service's variables", load: () => import('./commands/run.ts') },
  exec: {
    summary: 'Run a command in a running app',
    aliases: ['ssh', 'shell'],
    load: () => import('./commands/exec.ts'),
  },
  project: { summary: "The team's projects", aliases: ['projects'], load: () => import('./commands/project.ts') },
  service: {
    summary: "A project's services and their settings",
    aliases: ['services'],
    load: () => import('./commands/service.ts'),
  },
  config: { summary: 'The effective settings, and where each is from', load: () => import('./commands/config.ts') },
  env: {
    summary: "A project's environments",
    aliases: ['environment', 'environments'],
    load: () => import('./commands/env.ts'),
  },
  db: {
    summary: "An environment's databases",
    aliases: ['database', 'databases'],
    load: () => import('./commands/db.ts'),
  },
  github: {
    summary: 'The accounts on GitHub that the team deploys from',
    load: () => import('./commands/github.ts'),
  },
  team: { summary: 'Teams, their members and invitations', load: () => import('./commands/team.ts') },
  token: { summary: 'API tokens, for CI', load: () => import('./commands/token.ts') },
  completion: { summary: 'Print the completion of a shell', load: () => import('./commands/completion.ts') },
  doctor: { summary: 'Find out why the command does not work', load: () => import('./commands/doctor.ts') },
};
