/** A service from release to release, what can go wrong with one, and its variables, whose journey ends the platform to look into its files: on one platform. */
import './causes.ts';
import './health.ts';
import './releases.ts';
import './signals.ts';
import './traffic.ts';
import './faults.ts';
import './stop.ts';
import './variables.ts';
