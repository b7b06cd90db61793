import { isTracingWanted } from '../config/tracing';

// The first import of `main.ts`: the modules to be traced must be loaded after it.
if (isTracingWanted()) module.require('./open-telemetry');
