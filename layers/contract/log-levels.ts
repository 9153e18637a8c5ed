/** From the least to the most grave. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** Who wrote a line of an app's log. */
export const logWriters = ['app', 'gantry'] as const;
