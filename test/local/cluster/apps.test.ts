/** Apps in one cluster: how they run, change and are reached. */
import './apps-running.ts';
import './apps-rollout.ts';
import './apps-traffic.ts';
