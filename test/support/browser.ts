import { existsSync } from 'node:fs';

/** The browser of the tests, which npm does not install. */
export const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const hasBrowser = existsSync(executablePath);
if (!hasBrowser)
  process.stderr.write(`SKIPPED: tests with a browser, there is no Chromium at ${executablePath} (set CHROMIUM)\n`);

export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
