/** The default settings of a service. */
export const serviceDefaults = {
  rootFolder: '',
  build: { installCommand: null, buildCommand: null },
  runtime: { startCommand: null, port: null },
  release: {
    command: null,
    rehearseSeconds: null,
    commandTimeoutSeconds: 300,
    weights: [100],
    bakeSeconds: 60,
    warmMinutes: 60,
    analysis: true,
    maxErrorPercent: 1,
    maxP95Ms: 2000,
    patienceMinutes: 5,
    watchMinutes: 15,
    whenUnclear: 'continue',
  },
  // On AWS a node may have to start first.
  health: { path: null, timeoutSeconds: 300 },
  scaling: { minReplicas: 1, maxReplicas: 1, size: 'small' },
} as const;

/** The default port of a web app. */
export const DEFAULT_PORT = 8080;
