/** Apps in one cluster: runs, changes and requests. */
import './apps-running.ts';
import './apps-rollout.ts';
import './apps-traffic.ts';
