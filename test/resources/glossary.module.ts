import { Controller, Module } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { DocumentStore } from '../../src/documents/document-store';
import { DocumentStores } from '../../src/documents/document-stores';
import type { ListQuery } from '../../src/documents/query/list-query';
import { ListRoute } from '../../src/documents/routes/collection-routes';
import type { Representation } from '../../src/responses/representation';
import { Deprecated } from '../../src/routing/deprecated.decorator';
import { RequestQuery } from '../../src/routing/query-parameters';
import { RequestPath } from '../../src/routing/route';
import { termDefinition as definition } from './terms/term.definition';
import type { TermDocument } from './terms/term.entity';

/** A deprecated route: terms under the name that they had before. */
@ApiTags('terms')
@Controller({ path: 'glossary', version: '1' })
class GlossaryController {
  private readonly store: DocumentStore<TermDocument>;

  constructor(documents: DocumentStores) {
    this.store = documents.of(definition);
  }

  @Deprecated({ since: '2026-11-01', sunset: '2027-11-01', link: 'https://example.com/api-policy#terms' })
  @ListRoute(definition)
  list(@RequestQuery() query: ListQuery, @RequestPath() path: string): Promise<Representation> {
    return this.store.reader.list(query, path);
  }
}

@Module({ controllers: [GlossaryController] })
export class GlossaryModule {}
