/** Marks that folding removes: accents, vowel points, and the Arabic elongation. */
const MARKS = String.raw`[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670]+`;
/** Everything between words, once folded: spaces, punctuation and symbols. */
const SEPARATORS = String.raw`[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u055a-\u055f\u0589\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f\u30fb\uff61-\uff65]+`;
/** Scripts without spaces between words: Thai to Myanmar, Khmer, kana, Han. */
const UNSPACED = String.raw`[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]`;

const define = (signature: string, returns: string, body: string) => `
  CREATE FUNCTION ${signature} RETURNS ${returns} LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$${body}$$`;

/**
 * The functions that turn texts into search terms. src/documents/query/search-text.ts does the same with a query, and
 * test/e2e/search.spec.ts compares the two. Built-in functions alone: extensions need rights that a role may lack.
 */
export const SEARCH_FUNCTIONS: Readonly<Record<string, string>> = {
  'search_fold(text)': define(
    'search_fold(given text)',
    'text',
    `
    BEGIN
      IF octet_length(given) = char_length(given) THEN RETURN lower(given COLLATE pg_c_utf8); END IF;
      RETURN replace(replace(replace(translate(normalize(regexp_replace(
        lower(normalize(given, NFKD) COLLATE pg_c_utf8), '${MARKS}', '', 'g'), NFC),
        'øłđðıħŧςىةکی', 'olddihtσيهكي'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
    END `,
  ),
  // The words of a text, separated by spaces.
  'search_words(text)': define(
    'search_words(given text)',
    'text',
    `
    DECLARE
      is_ascii boolean := octet_length(given) = char_length(given);
      words text := CASE WHEN is_ascii
        THEN regexp_replace(lower(given COLLATE pg_c_utf8), '[^a-z0-9]+', ' ', 'g')
        ELSE regexp_replace(search_fold(given), '${SEPARATORS}', ' ', 'g') END;
    BEGIN
      IF is_ascii THEN RETURN words; END IF;
      IF words ~ '${UNSPACED}' THEN
        words := (
          SELECT string_agg(CASE WHEN word ~ '^${UNSPACED}' THEN (
            SELECT string_agg(letter || next, ' ' ORDER BY at) FROM (
              SELECT letter, at, coalesce(lead(letter) OVER (ORDER BY at), '') AS next
              FROM unnest(string_to_array(word, NULL)) WITH ORDINALITY AS letters (letter, at)) AS pairs)
            ELSE word END, ' ' ORDER BY position)
          FROM string_to_table(regexp_replace(words, '(${UNSPACED}+)', ' \\1 ', 'g'), ' ')
            WITH ORDINALITY AS split (word, position) WHERE word <> '');
      END IF;
      -- Arabic: words also without conjunction, preposition and article.
      IF words ~ '[\\u0627\\u0644]\\u0644' THEN
        words := concat_ws(' ', words, (
          SELECT string_agg(regexp_replace(word, '^([وفبكل]{0,2}ال|لل)', ''), ' ')
          FROM string_to_table(words, ' ') AS word WHERE word ~ '^([وفبكل]{0,2}ال|لل).{3}'));
      END IF;
      RETURN words;
    END `,
  ),
  // The words of names, and the parts of those in camelCase and PascalCase.
  'search_name_words(text)': define(
    'search_name_words(given text)',
    'text',
    `
    BEGIN
      IF given !~ '[a-z0-9][A-Z]|[A-Z][A-Z][a-z]' THEN RETURN search_words(given); END IF;
      RETURN concat_ws(' ', search_words(given), (
        SELECT lower(string_agg(regexp_replace(regexp_replace(matched[1],
          '([a-z0-9])([A-Z])', '\\1 \\2', 'g'), '([A-Z])([A-Z][a-z])', '\\1 \\2', 'g'), ' ') COLLATE pg_c_utf8)
        FROM regexp_matches(given, '[A-Za-z0-9]+', 'g') AS matched
        WHERE matched[1] ~ '[a-z0-9][A-Z]|[A-Z][A-Z][a-z]'));
    END `,
  ),
  // The texts in a JSON value.
  'search_strings(jsonb)': define(
    'search_strings(given jsonb)',
    'text',
    `
    BEGIN
      IF jsonb_typeof(given) = 'string' THEN RETURN given #>> '{}'; END IF;
      RETURN (SELECT string_agg(value #>> '{}', ' ') FROM jsonb_path_query(given, 'strict $.**') AS value
        WHERE jsonb_typeof(value) = 'string');
    END `,
  ),
  'search_vector(text,"char")': define(
    'search_vector(given text, weight "char")',
    'tsvector',
    `
    BEGIN
      -- The parser splits at other punctuation, but would keep paths, hosts and the like whole.
      RETURN setweight(to_tsvector('english', CASE WHEN octet_length(given) = char_length(given)
        THEN replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(given,
          '.', ' '), '/', ' '), '-', ' '), '_', ' '), ':', ' '), '@', ' '), '<', ' '), '&', ' '), '=', ' '), '+', ' ')
        ELSE search_words(given) END), weight);
    END `,
  ),
  // One word of a query, as the texts of documents have it; empty for a stop word.
  'search_word(text)': define(
    'search_word(word text)',
    'tsquery',
    ` BEGIN RETURN plainto_tsquery('english', word); END `,
  ),
  // Terms by which names are found: '=' with their kind the whole name, '.' words, '~' and '^' words with typing errors.
  'search_names(text,text[],text[])': define(
    'search_names(given text, names text[], synonyms text[])',
    'tsvector',
    `
    DECLARE
      whole text[] := ARRAY(SELECT left(trim(name), 200) FROM unnest(given || names || synonyms) AS name WHERE name <> '');
      joined text := search_name_words(array_to_string(whole, ' '));
      words text[] := (ARRAY(SELECT DISTINCT left(word, 64) FROM string_to_table(joined, ' ') AS word WHERE word <> ''))[:200];
      -- Two words written as one; only of scripts with spaces.
      neighbours text[] := CASE WHEN octet_length(joined) = char_length(joined)
        THEN array_remove(string_to_array(left(joined, 1000), ' '), '') END;
    BEGIN
      RETURN array_to_tsvector(ARRAY(
        SELECT '=k' || search_fold(given)
        UNION ALL SELECT '=n' || search_fold(left(trim(name), 200)) FROM unnest(names) AS name WHERE name <> ''
        UNION ALL SELECT '=s' || search_fold(left(trim(name), 200)) FROM unnest(synonyms) AS name WHERE name <> ''
        -- The words of ASCII texts are found at a small part of the cost.
        UNION ALL SELECT '=j' || CASE WHEN octet_length(name) = char_length(name) THEN replace(search_words(name), ' ', '')
          ELSE regexp_replace(search_fold(name), '${SEPARATORS}', '', 'g') END FROM unnest(whole) AS name
        UNION ALL SELECT '.' || word FROM unnest(words) AS word
        UNION ALL SELECT '.' || left(word || next, 64) FROM unnest(neighbours, neighbours[2:]) AS pairs (word, next)
        WHERE next IS NOT NULL
        -- The word without one of its letters, the first excepted: equal for any two words with one typing error.
        UNION ALL SELECT overlay('~' || word PLACING '' FROM at FOR 1)
        FROM unnest(words[:64]) AS word, generate_series(3, char_length(word) + 1) AS at
        WHERE char_length(word) BETWEEN 4 AND 24
        -- The consonants.
        UNION ALL SELECT '^' || left(word, 1) || regexp_replace(translate(substr(word, 2), 'aeiouy', ''), '(.)\\1+', '\\1', 'g')
        FROM unnest(words[:64]) AS word WHERE char_length(translate(substr(word, 2), 'aeiouy', '')) BETWEEN 3 AND 20));
    END `,
  ),
  // Names of few words rank higher, retired documents lower.
  'search_weight(text,boolean)': define(
    'search_weight(name text, retired boolean)',
    'real',
    `
    BEGIN
      RETURN CASE WHEN retired THEN 0.7 ELSE 1 END / (1 + ln(1 + least(char_length(name), 500) / 8.0) / 4);
    END `,
  ),
};
