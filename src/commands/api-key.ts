import { parseArgs } from 'node:util';
import { ApiKeys } from '../auth/api-keys/api-keys.service';
import { type Role, ROLES } from '../identity/role';
import { runCommand, UsageError } from './command';

const usage = `Usage: npm run apikey:create -s -- --name <text> --role <${ROLES.join('|')}> [--expires <moment>] [--replace]
  --name     what it is for, at most 200 characters
  --expires  from then on it is refused: 2027-01-31, or with a time 2027-01-31T12:00:00Z
  --replace  revokes the keys of this name that there are
The key is printed once; what is kept is its hash.`;

interface Wanted {
  name: string;
  role: Role;
  expires_at?: string;
  replace: boolean;
}

function parse(args: string[]): Wanted {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: 'string', default: '' },
      role: { type: 'string', default: '' },
      expires: { type: 'string' },
      replace: { type: 'boolean', default: false },
    },
  });
  const { name, replace, expires } = values;
  const role = ROLES.find((one) => one === values.role);
  if (name.trim() === '' || name.length > 200) throw new UsageError('--name is a text of 1 to 200 characters');
  if (!role) throw new UsageError(`--role is one of ${ROLES.join(', ')}`);
  if (expires === undefined) return { name, role, replace };
  const moment = new Date(expires);
  if (Number.isNaN(moment.getTime()) || moment.getTime() <= Date.now())
    throw new UsageError('--expires is a moment to come');
  return { name, role, replace, expires_at: moment.toISOString() };
}

void runCommand({
  name: 'apikey:create',
  usage,
  parse,
  run: async ({ app }, { replace, ...wanted }) => {
    const keys = app.get(ApiKeys);
    const { key, id } = await keys.create(wanted, 'command');
    if (replace) await keys.revokeOthers(wanted.name, id);
    console.log(key);
    return 0;
  },
});
