/** The sign-in service: each test has a pool of its own. */
import './sign-in.ts';
import './codes.ts';
import './refresh-tokens.ts';
import './signing-key.ts';
import './accounts.ts';
