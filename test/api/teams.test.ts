/** Live events of a team, its members and their rights, on one platform. At the end the team gets another owner. */
import './events.ts';
import './audit.ts';
import './tokens.ts';
import './identity.ts';
