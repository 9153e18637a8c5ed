/** How the local cloud reads CDK's cloud assembly. */
import './intrinsics.ts';
import './assemblies.ts';
import './custom-resources.ts';
