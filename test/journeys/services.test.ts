/** What can go wrong with a service, commands in one, and its variables, whose journey ends the platform to look into its files: on one platform. */
import './exec.ts';
import './faults.ts';
import './stop.ts';
import './variables.ts';
