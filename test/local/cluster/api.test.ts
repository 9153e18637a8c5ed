/** The Kubernetes API of one cluster. */
import './api-access.ts';
import './api-objects.ts';
import './api-apply.ts';
