/** The version of Gantry, of both the API and the command. */
export const version = '0.1.0';
