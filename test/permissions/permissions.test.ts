import './hostile-build.ts';
import './sample.ts';
