/** What can go wrong with a service, and its variables, whose journey ends the platform to look into its files: on one platform. */
import './faults.ts';
import './stop.ts';
import './variables.ts';
