import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, main } from './script.ts';

const template = (className: string) => `import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ${className} implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(\`
    \`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(\`
    \`);
  }
}
`;

/** `create-teams` → `CreateTeams`. */
function pascalCase(name: string): string {
  return name.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

await main('migration:create', async () => {
  const name = process.argv[2] ?? '';
  if (!/^[a-z]+(-[a-z0-9]+)+$/.test(name))
    throw new Failure('a name is required: npm run migration:create create-teams');
  // TypeORM runs migrations in the order of the 13 digits at the end of the class name.
  const timestamp = Date.now();
  const path = join('migrations', `${timestamp}-${name}.ts`);
  if (existsSync(path)) throw new Failure(`${path} already exists`);
  writeFileSync(path, template(`${pascalCase(name)}${timestamp}`));
  console.log(`Created ${path}. Write its SQL with all indexes, then: npm run migration:run`);
  return Promise.resolve(0);
});
