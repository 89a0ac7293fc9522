/** npm run dev -- plan --slo 200ms: the command line from src/, without a build. tsx loads it. */
import { run } from '../src/cli/run.js';

await run(process.argv);
