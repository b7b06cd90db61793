import { Check, Entity } from 'typeorm';
import { DocumentEntity, KEY_FORM } from '../../../src/documents/definition/document.entity';
import { IndexedFields } from '../../../src/documents/definition/indexed-fields';
import type { TermDto } from './dto/term.dto';
import { termFields } from './term.fields';

/** A term of the business glossary. */
export type TermDocument = TermDto;

@Entity('terms')
@IndexedFields('terms', termFields)
@Check('terms_key_check', KEY_FORM)
@Check('terms_data_check', `jsonb_typeof(data -> 'name') = 'string'`)
export class Term extends DocumentEntity<TermDocument> {}
