import type { DocumentDefinition, Reference } from '../../src/documents/definition/document-definition';
import { DocumentStores } from '../../src/documents/document-stores';
import { operationIds } from '../../src/documents/openapi/operation-ids';
import type { TestApp } from '../support/app';
import { exampleDocument } from './resources';
import { ANY, type ResponseChecker } from './response-checker';

/** A reference whose member is a key or a list of keys. */
const isPlain = ({ keysOf }: Reference) => keysOf === undefined;

/** Builds documents of one resource from its OpenAPI example, with and without references. */
class Documents {
  readonly definition: DocumentDefinition;
  private readonly definitions: DocumentDefinition[];

  constructor(
    app: TestApp,
    private readonly checker: ResponseChecker,
    resource: string,
  ) {
    this.definitions = app.app.get(DocumentStores).all.map(({ definition }) => definition);
    this.definition = this.definitionOf(resource);
  }

  /** The reference to the same resource that must not close a cycle. */
  get ownReference(): Reference | undefined {
    const { resource, references = [] } = this.definition;
    return references.find((reference) => reference.acyclic && reference.to === resource && isPlain(reference));
  }

  /** A reference to any resource. */
  get reference(): Reference | undefined {
    return this.ownReference ?? this.definition.references?.find(isPlain);
  }

  /** A definition with its reference to this resource. */
  referrer(): { definition: DocumentDefinition; reference: Reference } {
    const { definition, ownReference } = this;
    if (ownReference) return { definition, reference: ownReference };
    for (const other of this.definitions) {
      const reference = other.references?.find((one) => one.to === definition.resource && isPlain(one));
      if (reference) return { definition: other, reference };
    }
    throw new Error(`No plain reference leads to ${definition.resource}; extend this test.`);
  }

  definitionOf(resource: string): DocumentDefinition {
    const definition = this.definitions.find((one) => one.resource === resource);
    if (!definition) throw new Error(`There is no document store for ${resource}.`);
    return definition;
  }

  of(definition: DocumentDefinition, key: string, changes?: object): Record<string, unknown> {
    const example = exampleDocument(this.checker.document, definition.resource, 'required');
    return { ...example, [definition.keyMember]: key, ...changes };
  }
}

/** The change that makes a document refer to a key, or to none. */
const refersTo = ({ member, column }: Reference, key: string | null): object => ({
  [member]: key === null || column !== undefined ? key : [key],
});

/** Declares tests that provoke every response of the routes that all resources have. */
export function testResourceResponses(name: string, start: () => { app: TestApp; checker: ResponseChecker }): void {
  let app: TestApp;
  let checker: ResponseChecker;
  let documents: Documents;
  beforeAll(() => {
    ({ app, checker } = start());
    documents = new Documents(app, checker, name);
  });
  const op = (operation: keyof ReturnType<typeof operationIds>) => operationIds(documents.definition)[operation];
  const call: ResponseChecker['call'] = (...parameters) => checker.call(...parameters);
  const documentOf = (key: string, changes?: object) => documents.of(documents.definition, key, changes);
  const create = (key: string, changes?: object) => call(op('create'), '201', { body: documentOf(key, changes) });
  const remove = (key: string) => call(op('remove'), '204', { key });
  /** Creates a document whose reference is unresolved. */
  const createUnresolved = (key: string, reference: Reference, unknown: string) =>
    call(op('bulk'), '200', {
      query: 'refs=lenient',
      body: { items: [documentOf(key, refersTo(reference, unknown))] },
    });
  const createTarget = (reference: Reference, key: string) =>
    call(operationIds(documents.definitionOf(reference.to)).create, '201', {
      body: documents.of(documents.definitionOf(reference.to), key),
    });

  test('create', async () => {
    await create('live');
    await create('deleted');
    await remove('deleted');
    await create('other');
    await checker.refuseBodies(op('create'), { body: documentOf('new') }, 'idempotency-key');
    await checker.refuseIdempotencyKeys(op('create'), { body: documentOf('new') });
    await call(op('create'), '409 already_exists', { body: documentOf('LIVE') });
    await call(op('create'), '409 key_deleted', { body: documentOf('deleted') });
    await call(op('create'), '422 unknown_field', { body: documentOf('new', { x: 1 }) });
    const { reference, ownReference } = documents;
    if (reference)
      await call(op('create'), '422 unknown_reference', { body: documentOf('new', refersTo(reference, 'unknown')) });
    if (ownReference) {
      await createUnresolved('unresolved', ownReference, 'created-later');
      const body = documentOf('created-later', refersTo(ownReference, 'unresolved'));
      await call(op('create'), '422 cycle', { body });
    }
  });

  test('list, export and stats', async () => {
    await call(op('list'), '200');
    const { body } = await call(op('list'), '200', { query: 'cursor=&limit=1&count=exact' });
    const cursor = String(body.pagination.nextCursor);
    await call(op('list'), '200', { query: `fields=${documents.definition.keyMember}` });
    await call(op('list'), '400 invalid_parameter', { query: 'page=1e3' });
    await call(op('list'), '400 invalid_cursor', { query: 'cursor=x' });
    await call(op('list'), '400 cursor_mismatch', { query: `sort=name&cursor=${cursor}` });
    await call(op('list'), '400 page_too_deep', { query: 'page=201' });
    expect((await call(op('export'), '200')).text).toMatch(/\n\{"count":\d+\}\n$/);
    await call(op('export'), '400 invalid_parameter', { query: 'page=1' });
    await call(op('stats'), '200');
    await call(op('stats'), '400 invalid_parameter', { query: 'page=1' });
  });

  test('read', async () => {
    await call(op('read'), '200');
    await call(op('read'), '200', { query: `fields=${documents.definition.keyMember}` });
    await call(op('read'), '400 invalid_parameter', { query: 'fields=x' });
    await call(op('read'), '404 not_found', { key: 'deleted' });
    await call(op('read'), '200', { key: 'deleted', query: 'include_deleted=true' });
  });

  test('replace', async () => {
    const body = documentOf('live');
    await call(op('replace'), '200', { body: { ...body, name: 'Another' }, headers: ANY });
    await call(op('replace'), '201', { key: 'put', body: documentOf('put'), headers: { 'if-none-match': '*' } });
    await checker.refuseBodies(op('replace'), { body, headers: ANY });
    await checker.refuseKeysAndTags(op('replace'), { body });
    await call(op('replace'), '409 key_deleted', {
      key: 'deleted',
      body: documentOf('deleted'),
      headers: { 'if-none-match': '*' },
    });
    await call(op('replace'), '422 unknown_field', { body: { ...body, x: 1 }, headers: ANY });
    await call(op('replace'), '428 precondition_required', { body });
    const { reference, ownReference } = documents;
    if (reference)
      await call(op('replace'), '422 unknown_reference', {
        body: { ...body, ...refersTo(reference, 'unknown') },
        headers: ANY,
      });
    if (ownReference) {
      await create('referrer', refersTo(ownReference, 'live'));
      await call(op('replace'), '422 cycle', {
        body: { ...body, ...refersTo(ownReference, 'referrer') },
        headers: ANY,
      });
    }
  });

  test('patch', async () => {
    await call(op('patch'), '200', { body: { name: 'A third' } });
    await checker.refuseBodies(op('patch'), { body: { name: 'x' } });
    await checker.refuseKeysAndTags(op('patch'), { body: { name: 'x' } });
    await call(op('patch'), '422 unknown_field', { body: { x: 1 } });
    const { reference, ownReference } = documents;
    if (reference) await call(op('patch'), '422 unknown_reference', { body: refersTo(reference, 'unknown') });
    if (ownReference) await call(op('patch'), '422 cycle', { body: refersTo(ownReference, 'referrer') });
  });

  test('remove', async () => {
    await call(op('remove'), '400 invalid_header', { headers: { 'if-match': 'x' } });
    await call(op('remove'), '400 invalid_parameter', { query: 'x=1' });
    await checker.refuseKeysAndTags(op('remove'));
    if (!checker.documents(op('remove'), 'in_use')) return;
    const { definition, reference } = documents.referrer();
    if (definition !== documents.definition) {
      const body = documents.of(definition, 'referrer', refersTo(reference, 'live'));
      await call(operationIds(definition).create, '201', { body });
    }
    await call(op('remove'), '409 in_use');
  });

  test('restore', async () => {
    await call(op('restore'), '200', { key: 'deleted' });
    await remove('deleted');
    await call(op('restore'), '400 invalid_header', { headers: { 'if-match': 'x' } });
    await call(op('restore'), '400 invalid_parameter', { query: 'x=1' });
    await checker.refuseKeysAndTags(op('restore'));
    await checker.refuseIdempotencyKeys(op('restore'), { key: 'deleted' });
    await call(op('restore'), '409 not_deleted');
    await create('oversized');
    await remove('oversized');
    // Content that the rules no longer allow.
    await app.sql(`UPDATE ${name} SET data = data || jsonb_build_object('name', repeat('x', 70000)) WHERE key = $1`, [
      'oversized',
    ]);
    await call(op('restore'), '422 invalid_document', { key: 'oversized' });
  });

  test('restore with references', async () => {
    const { reference, ownReference } = documents;
    if (!reference) return;
    await createTarget(reference, 'above');
    await create('below', refersTo(reference, 'above'));
    await remove('below');
    await call(operationIds(documents.definitionOf(reference.to)).remove, '204', { key: 'above' });
    await call(op('restore'), '422 unknown_reference', { key: 'below' });
    if (!ownReference) return;
    await call(op('patch'), '200', { key: 'referrer', body: refersTo(ownReference, null) });
    await create('circular', refersTo(ownReference, 'live'));
    await remove('circular');
    await createUnresolved('closes-the-cycle', ownReference, 'circular');
    await app.sql(`UPDATE ${name} SET data = data || $1 WHERE key = 'circular'`, [
      JSON.stringify(refersTo(ownReference, 'closes-the-cycle')),
    ]);
    await call(op('restore'), '422 cycle', { key: 'circular' });
  });

  test('revisions', async () => {
    await call(op('revisions'), '200');
    const { body } = await call(op('revisions'), '200', { query: 'limit=1' });
    const cursor = String(body.pagination.nextCursor);
    await call(op('revisions'), '200', { query: `cursor=${cursor}` });
    await call(op('revisions'), '400 invalid_parameter', { query: 'page=1' });
    await call(op('revisions'), '400 invalid_cursor', { query: 'cursor=x' });
    await call(op('revisions'), '400 cursor_mismatch', { key: 'other', query: `cursor=${cursor}` });
    await call(op('revisions'), '404 not_found', { key: 'unknown' });
    await call(op('revision'), '200');
    await call(op('revision'), '400 invalid_parameter', { query: 'x=1' });
    await call(op('revision'), '404 not_found', { parameters: { version: '99' } });
  });

  test('revert', async () => {
    await call(op('revert'), '200', { body: { version: 1 } });
    await checker.refuseBodies(op('revert'), { body: { version: 1 } });
    await checker.refuseKeysAndTags(op('revert'), { body: { version: 1 } });
    await checker.refuseIdempotencyKeys(op('revert'), { body: { version: 1 } });
    await call(op('revert'), '422 unknown_field', { body: { version: 1, x: 1 } });
    const { reference, ownReference } = documents;
    if (!reference) return;
    await createTarget(reference, 'target');
    await create('source', refersTo(reference, 'target'));
    await call(op('patch'), '200', { key: 'source', body: refersTo(reference, null) });
    if (ownReference) {
      await call(op('patch'), '200', { key: 'target', body: refersTo(ownReference, 'source') });
      await call(op('revert'), '422 cycle', { key: 'source', body: { version: 1 } });
    }
    await call(operationIds(documents.definitionOf(reference.to)).remove, '204', { key: 'target' });
    await call(op('revert'), '422 unknown_reference', { key: 'source', body: { version: 1 } });
  });

  test('bulk', async () => {
    const items = [documentOf('in-bulk')];
    const refused = { items: [...items, { x: 1 }] };
    await call(op('bulk'), '200', { body: { items } });
    await call(op('bulk'), '200', { body: { items }, query: 'mode=upsert&dry_run=true' });
    await call(op('bulk'), '207', { body: refused, query: 'atomic=false' });
    await checker.refuseBodies(op('bulk'), { body: { items } }, 'idempotency-key');
    await checker.refuseIdempotencyKeys(op('bulk'), { body: { items } });
    await call(op('bulk'), '422 unknown_field', { body: { items, x: 1 } });
    await call(op('bulk'), '422 bulk_refused', { body: refused });
  });
}
