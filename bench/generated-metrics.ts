/**
 * SQL that fills a migrated, empty database with metrics for measurements: a few tags, owners and words are very frequent
 * and many rare, statuses and categories are lopsided, some documents lack what they should have and one in fifty is
 * deleted. Rows are made by the server in one statement, past the rules of the service. They are numbered from `$1` to `$2`.
 */
export const generateMetrics = `
  INSERT INTO metrics (key, status, domain_id, created_at, updated_at, deleted_at, unresolved_refs, data)
  SELECT 'METRIC-' || lpad(n::text, 6, '0'), chosen.status, domain.id, moment - interval '90 days', moment,
    CASE WHEN n % 50 = 7 THEN moment END,
    CASE WHEN n % 1000 = 3 THEN ARRAY['metrics/unknown-' || n] ELSE '{}' END,
    jsonb_strip_nulls(jsonb_build_object(
      'name', initcap(measure) || ' of ' || subject || ' ' || n,
      'description', CASE WHEN n % 200 <> 5 THEN 'Counts the ' || measure || ' of each ' || subject || ' in the ' || domain.key
        || ' domain, as agreed with the owner. Values are taken once a day from the ledger and never changed afterwards.' END,
      'synonyms', jsonb_build_array(measure || ' per ' || subject, 'm' || n),
      'category', category, 'tier', tier,
      'metric_type', (ARRAY['operational', 'lagging', 'leading'])[1 + n % 3],
      'kind', (ARRAY['simple', 'ratio', 'derived', 'cumulative', 'conversion'])[1 + n % 5],
      'business_domain', domain.key,
      'owner', CASE WHEN n % 100 <> 9 THEN 'Team ' || (other * other * 300)::int END,
      'tags', to_jsonb(ARRAY[CASE WHEN n % 2 = 0 THEN 'core' ELSE 'extra' END, 'tag-' || (another * another * 400)::int]),
      'unit', CASE WHEN n % 400 <> 11 THEN (ARRAY['USD', '%', '{request}', 'days'])[1 + n % 4] END,
      'direction', (ARRAY['increase', 'decrease', 'maintain'])[1 + (even * 2.99)::int],
      'grain', to_jsonb(CASE WHEN n % 3 = 0 THEN ARRAY['day', 'month'] ELSE ARRAY['day'] END),
      'formula', jsonb_build_object('expression', 'sum(' || subject || '_' || n % 977 || ') / count(distinct ledger_id)', 'language', 'sql'),
      'depends_on', CASE WHEN n % 5 = 0 THEN jsonb_build_array('METRIC-' || lpad((1 + n / 2)::text, 6, '0')) END,
      'related', CASE WHEN n % 7 = 0 THEN jsonb_build_array('METRIC-' || lpad((1 + n / 3)::text, 6, '0')) END,
      'replaced_by', CASE WHEN chosen.status = 'deprecated' THEN 'METRIC-' || lpad((1 + n / 4)::text, 6, '0') END,
      'targets', jsonb_build_object('target', n % 90 + 10, 'warning', n % 90 + 5, 'critical', n % 90),
      'governance', jsonb_build_object('classification', (ARRAY['internal', 'internal', 'internal', 'public', 'confidential'])[1 + n % 5], 'pii', n % 20 = 0)
    ))
  FROM generate_series($1::int, $2::int) AS n
    -- Every pseudo-random number comes from n: two databases hold the same rows.
    CROSS JOIN LATERAL (SELECT (hashint4(n) & 65535) / 65536.0 AS skewed, (hashint4(n + 7) & 65535) / 65536.0 AS even,
      (hashint4(n + 13) & 65535) / 65536.0 AS other, (hashint4(n + 29) & 65535) / 65536.0 AS another) AS chance
    CROSS JOIN LATERAL (SELECT
      (ARRAY['revenue', 'churn', 'latency', 'margin', 'orders', 'uptime', 'refunds', 'signups'])[1 + (other * another * 7.99)::int % 8] AS measure,
      (ARRAY['customer', 'invoice', 'store', 'ticket', 'campaign', 'shipment'])[1 + (even * 5.99)::int % 6] AS subject,
      CASE WHEN skewed < 0.7 THEN 'operational' WHEN skewed < 0.9 THEN 'strategic' WHEN skewed < 0.999 THEN 'tactical' ELSE 'rare' END AS category,
      CASE WHEN even < 0.75 THEN 'tier-3' WHEN even < 0.97 THEN 'tier-2' ELSE 'tier-1' END AS tier,
      CASE WHEN n % 20 < 15 THEN 'active' WHEN n % 20 < 18 THEN 'draft' WHEN n % 20 = 18 THEN 'deprecated' ELSE 'archived' END AS status,
      timestamptz '2026-01-01' + n * interval '97 seconds' - (another * interval '40 days') AS moment
    ) AS chosen
    LEFT JOIN domains AS domain ON domain.key = 'domain-' || CASE WHEN another < 0.5 THEN 1 ELSE (other * 199)::int END`;

/** Two hundred domains, ten of them at the top; `domain-1` holds half of the metrics. */
export const generateDomains = `
  INSERT INTO domains (key, parent_id, data)
  SELECT 'domain-' || n, NULL, jsonb_strip_nulls(jsonb_build_object('name', 'Domain ' || n,
    'parent', CASE WHEN n >= 10 THEN 'domain-' || n / 10 END, 'owner_team', 'Team ' || n % 20, 'tags', jsonb_build_array('area-' || n % 7)))
  FROM generate_series(0, 199) AS n`;
