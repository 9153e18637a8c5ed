import { createClient } from '@gantry/client/client.ts';
import { accessToken } from './session.ts';

/** The typed client of the signed-in user. */
export const client = createClient({ baseUrl: location.origin, token: accessToken });
