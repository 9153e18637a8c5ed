/**
 * Where a command on the user's machine waits for the end of its sign-in. Cognito compares the whole address, so there are three ports to try. RFC
 * 8252, section 7.3.
 */
export const redirectUrls = [47100, 47101, 47102].map((port) => `http://127.0.0.1:${port}/callback`);

/** Where the sign-in pages redirect to, for the dashboard at `origin`. */
export const signedInUrl = (origin: string): string => `${origin}/signed-in`;

/** Where GitHub redirects to, for the dashboard at `origin`, with the proof of a person's accounts. */
export const joinedUrl = (origin: string): string => `${origin}/github`;
