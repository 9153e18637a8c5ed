/** The settings of a service of which nothing is said. */
export const serviceDefaults = {
  rootFolder: '',
  build: { installCommand: null, buildCommand: null },
  runtime: { startCommand: null, port: null },
  release: { command: null, commandTimeoutSeconds: 300, weights: [100], bakeSeconds: 60, warmMinutes: 60 },
  // A node may have to start on AWS.
  health: { path: null, timeoutSeconds: 300 },
  scaling: { minReplicas: 1, maxReplicas: 1, size: 'small' },
} as const;

/** What a web app is told to listen on unless its service says otherwise. */
export const DEFAULT_PORT = 8080;
