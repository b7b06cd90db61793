import '../config/required-node';
import { parseArgs } from 'node:util';
import { CreateApiKeyDto } from '../auth/api-keys/api-keys.dto';
import { ApiKeys } from '../auth/api-keys/api-keys.service';
import { ROLES } from '../identity/principal';
import { validate } from '../validation/validate';
import { runCommand, UsageError } from './command';

const usage = `Usage: npm run apikey:create -s -- --name <text> --role <${ROLES.join('|')}> [--expires <time>] [--replace]
  --name     the purpose of the key, at most 200 characters
  --expires  the end of its validity: 2027-01-31, 2027-01-31T12:00:00Z, or never; after API_KEY_DAYS days by default
  --replace  revoke the existing keys with this name
The key is printed once. Only its hash is stored.`;

function parse(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: 'string', default: '' },
      role: { type: 'string', default: '' },
      expires: { type: 'string' },
      replace: { type: 'boolean', default: false },
    },
  });
  const { replace, expires } = values;
  const role = ROLES.find((one) => one === values.role);
  const { value, violations } = validate(CreateApiKeyDto, { name: values.name });
  const { name } = value;
  const fault = violations.find(({ pointer }) => pointer === '/name');
  if (fault) throw new UsageError(`--name: ${fault.detail}`);
  if (!role) throw new UsageError(`--role must be one of ${ROLES.join(', ')}`);
  if (expires === undefined) return { name, role, replace };
  if (expires === 'never') return { name, role, replace, expires_at: null };
  const expires_at = new Date(expires);
  // A text that is no time gives NaN, which is never greater.
  if (!(expires_at.getTime() > Date.now())) throw new UsageError('--expires must be a time in the future, or never');
  return { name, role, replace, expires_at: expires_at.toISOString() };
}

void runCommand({
  name: 'apikey:create',
  usage,
  parse,
  run: async ({ app }, { replace, ...options }) => {
    const keys = app.get(ApiKeys);
    const { key, id } = await keys.create(options, 'command');
    if (replace) await keys.revokeOthers(options.name, id);
    console.log(key);
    return 0;
  },
});
