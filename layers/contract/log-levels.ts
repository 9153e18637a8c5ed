/** From the least to the most grave. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
