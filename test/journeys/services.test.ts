/** A service from release to release: on one platform. */
import './releases.ts';
import './traffic.ts';
import './variables.ts';
