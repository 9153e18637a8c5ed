/** How the local cloud reads what CDK synthesized. */
import './intrinsics.ts';
import './assemblies.ts';
import './custom-resources.ts';
