/** The version of Gantry: of the API that answers, and of the command that asks. */
export const version = '0.1.0';
