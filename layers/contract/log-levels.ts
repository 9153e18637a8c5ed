/** In order, from the least severe. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** The writer of a line in an app's log. */
export const logWriters = ['app', 'gantry'] as const;
