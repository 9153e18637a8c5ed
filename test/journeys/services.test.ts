/** Faults of a service, commands in one, and its variables, on one platform. The variables' journey stops the platform to look into its files. */
import './exec.ts';
import './faults.ts';
import './stop.ts';
import './variables.ts';
