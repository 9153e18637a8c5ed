import { createClient } from '@gantry/client/client.ts';
import { accessToken } from './session.ts';

/** The typed client of whoever is signed in at this page. */
export const client = createClient({ baseUrl: location.origin, token: accessToken });
