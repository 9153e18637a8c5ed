/** The sign-in service: each test has its own pool. */
import './sign-in.ts';
import './codes.ts';
import './refresh-tokens.ts';
import './signing-key.ts';
import './accounts.ts';
