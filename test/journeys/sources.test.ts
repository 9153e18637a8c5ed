/** The sources of a service, on one platform. */
import './kinds.ts';
import './push.ts';
import './push-cases.ts';
import './repository-access.ts';
import './github-command.ts';
import './disk.ts';
import './upload-once.ts';
