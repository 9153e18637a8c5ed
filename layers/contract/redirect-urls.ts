/**
 * Where a command on the user's own machine waits for the end of its sign-in. Cognito matches the whole address, so there are three
 * ports to try. RFC 8252, section 7.3.
 */
export const redirectUrls = [47100, 47101, 47102].map((port) => `http://127.0.0.1:${port}/callback`);

/** Where the sign-in pages lead back to the dashboard that is served at `origin`. */
export const signedInUrl = (origin: string): string => `${origin}/signed-in`;

/** Where GitHub leads back to the dashboard that is served at `origin`, with what proves which accounts a person may use. */
export const joinedUrl = (origin: string): string => `${origin}/github`;
