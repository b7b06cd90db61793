import { isTracingWanted } from '../config/tracing';

// The first import of `main.ts`: what is to be traced must not be loaded yet.
if (isTracingWanted()) module.require('./open-telemetry');
