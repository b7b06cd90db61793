import {
  Composer,
  type Document,
  type DocumentOptions,
  Lexer,
  type LineCounter,
  Parser,
  type ParseOptions,
} from 'yaml';

/** The parts of a lexer that `lenientLexer` changes. They are internal: yaml-documents.spec.ts tests the result. */
interface LexerParts {
  /** The least indentation of the lines that belong to the open value. */
  indentNext: number;
  parseQuotedScalar: () => Generator<string, unknown>;
}

/**
 * A lexer that accepts the last line of a quoted text with the indentation of its key. YAML 1.2 requires one space more
 * (section 7.3.2), but libyaml and most software accept it, and published files have it: `data: '{`, lines of JSON, `}'`.
 */
function lenientLexer(): Lexer {
  const lexer = new Lexer();
  const parts = lexer as unknown as LexerParts;
  const parseQuotedScalar = parts.parseQuotedScalar.bind(lexer);
  parts.parseQuotedScalar = function* () {
    const { indentNext } = parts;
    parts.indentNext = Math.max(0, indentNext - 1);
    const lexemes = parseQuotedScalar();
    // The first step finds the end of the text.
    const first = lexemes.next();
    parts.indentNext = indentNext;
    if (first.done) return first.value;
    yield first.value;
    return yield* lexemes;
  };
  return lexer;
}

/** Open collections at which parsing ends: documents may be 32 levels deep, and the composer is recursive and slow. */
const MAX_OPEN = 200;

/** Parses all documents of a YAML stream. @throws RangeError for a stream that is nested too deeply */
export function parseDocuments(
  text: string,
  counter: LineCounter,
  options: ParseOptions & DocumentOptions,
): Document.Parsed[] {
  counter.addNewLine(0);
  const parser = new Parser(counter.addNewLine);
  function* tokens() {
    for (const lexeme of lenientLexer().lex(text)) {
      yield* parser.next(lexeme);
      if (parser.stack.length > MAX_OPEN) throw new RangeError('The text is nested too deeply.');
    }
    yield* parser.end();
  }
  return [...new Composer(options).compose(tokens())];
}
