/** History, which the service adds to and never changes. */
const APPEND_ONLY = ['revisions', 'audit_log'];

/**
 * The rights of the service where it is not the owner of the tables (APPLICATION_ROLE): it reads and writes rows, but
 * changes neither the schema nor the history. Granted after each run of the migrations, for tables that are new.
 *
 * @param role the name of a role that exists
 */
export function grantsTo(role: string): string[] {
  const grantee = `"${role.replaceAll('"', '""')}"`;
  return [
    `GRANT USAGE ON SCHEMA public TO ${grantee}`,
    // MAINTAIN: the seed analyses the tables that it has filled.
    `GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA public TO ${grantee}`,
    `REVOKE UPDATE, DELETE ON ${APPEND_ONLY.join(', ')} FROM ${grantee}`,
    `REVOKE INSERT, UPDATE, DELETE ON migrations FROM ${grantee}`,
    `GRANT EXECUTE ON FUNCTION delete_old_audit_entries TO ${grantee}`,
  ];
}
