/** What can be deployed, and from where: on one platform. */
import './kinds.ts';
import './push.ts';
