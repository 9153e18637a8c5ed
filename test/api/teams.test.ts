/** What the members of a team see as it happens, and who they are: on one platform, which is handed over to another owner at the end. */
import './events.ts';
import './audit.ts';
import './tokens.ts';
import './identity.ts';
