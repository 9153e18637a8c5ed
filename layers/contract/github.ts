import * as z from 'zod';

/**
 * The settings of a stage's GitHub App: the JSON of the secret `gantry-<stage>-github-app`, which `npm run github` writes and functions read.
 * The addresses are those of GitHub or of a GitHub Enterprise Server.
 */
export const GitHubApp = z.strictObject({
  appId: z.int().positive(),
  /** Part of the App's address: `<webUrl>/apps/<slug>`. */
  slug: z.string().min(1),
  name: z.string().min(1),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  webhookSecret: z.string().min(1),
  /** PEM. */
  privateKey: z.string().min(1),
  /** Without a slash at the end: `https://api.github.com`, or `https://<host>/api/v3`. */
  apiUrl: z.url(),
  webUrl: z.url(),
});
export type GitHubApp = z.infer<typeof GitHubApp>;
