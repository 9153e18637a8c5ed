/** Builds by themselves, and as steps of a state machine. */
import './builds.ts';
import './build-step.ts';
