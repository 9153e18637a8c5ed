/** Faults of a service, commands in one, its canaries, its metrics, its alerts and its variables, on one platform. The variables' journey stops the platform to look into its files. */
import './canary-load.ts';
import './metrics-load.ts';
import './exec.ts';
import './faults.ts';
import './stop.ts';
import './metrics.ts';
import './canary.ts';
import './alerts.ts';
import './variables.ts';
