/** What is told of an app that does not start, dies or is asked to stop, most of which is waiting: on one platform. */
import './causes.ts';
import './health.ts';
import './signals.ts';
