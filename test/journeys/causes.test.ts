/** The reasons that users see when an app does not start, dies or is stopped, on one platform: the journeys mostly wait. */
import './causes.ts';
import './health.ts';
import './signals.ts';
