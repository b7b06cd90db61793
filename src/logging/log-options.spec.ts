import fs from 'node:fs';
import { Writable } from 'node:stream';
import pino from 'pino';
import { QueryFailedError } from 'typeorm';
import { readConfig } from '../config/config';
import { logDestination, logOptions } from './log-options';

describe('logOptions', () => {
  it('logs errors without the values of their statement', () => {
    let text = '';
    const stream = new Writable({
      write(chunk: Buffer, _, done) {
        text += chunk.toString();
        done();
      },
    });
    const logger = pino(logOptions(readConfig({ DATABASE_URL: 'postgresql://localhost/mdl' })), stream);
    const cause = Object.assign(new Error('duplicate key value violates unique constraint "api_keys_pkey"'), {
      code: '23505',
      detail: 'Key (digest)=(secret-1) already exists.',
      where: 'PL/pgSQL function with secret-2',
    });
    logger.error({ err: new QueryFailedError('INSERT INTO api_keys VALUES ($1)', ['secret-3'], cause) }, 'failed');
    logger.error({ err: new Error('outer', { cause }) }, 'failed');
    expect(text).toContain('api_keys_pkey');
    expect(text).toContain('23505');
    expect(text).not.toMatch(/secret-\d/);
  });
});

describe('logDestination', () => {
  it('writes a warning at once, with the lines before it, and does not wait for the disk', () => {
    const written: string[] = [];
    jest
      .spyOn(fs, 'writeSync')
      .mockImplementation((_: number, text: unknown) => written.push(String(text)) && String(text).length);
    const synced = jest.spyOn(fs, 'fsyncSync').mockImplementation(() => undefined);
    const destination = logDestination() as ReturnType<typeof logDestination> & { lastLevel: number };
    destination.write('info\n');
    expect(written).toEqual([]);
    destination.lastLevel = 40;
    destination.write('warn\n');
    expect(written).toEqual(['info\nwarn\n']);
    expect(synced).not.toHaveBeenCalled();
    jest.restoreAllMocks();
  });
});
