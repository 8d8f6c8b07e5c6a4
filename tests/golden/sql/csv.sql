-- status < 500
-- code like 'E%'
WITH g AS MATERIALIZED (
  SELECT
    CASE
      WHEN REGEXP_FULL_MATCH(
        "@time",
        '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?'
      )
      THEN LEFT("@time", 16)
      ELSE '!' || "@time"
    END AS m,
    "code" AS k0,
    CASE
      WHEN NOT "status" IS NULL
      THEN CASE WHEN "status" < CAST(500.0 AS DOUBLE) THEN 0 ELSE 1 END
    END AS k1,
    COUNT(*) AS n
  FROM (
    SELECT
      "time" AS "@time",
      TRY_CAST(NULLIF("code", '') AS TEXT) AS "code",
      TRY_CAST(NULLIF("status", '') AS DOUBLE) AS "status"
    FROM READ_CSV(
      'LOG',
      "columns" = {'time': 'VARCHAR', 'status': 'VARCHAR', 'code': 'VARCHAR'},
      delim = ',',
      quote = '',
      escape = '',
      header = FALSE,
      auto_detect = FALSE,
      ignore_errors = TRUE,
      null_padding = FALSE,
      max_line_size = 1048576,
      compression = 'none',
      store_rejects = TRUE,
      rejects_limit = 1000
    )
    WHERE
      "time" IS DISTINCT FROM 'time'
  )
  GROUP BY ALL
), t0 AS (
  SELECT
    v,
    MIN(v) OVER (PARTITION BY a) AS r
  FROM (
    SELECT
      v,
      ["code" LIKE 'E%'] AS a
    FROM (
      SELECT DISTINCT
        k0 AS v,
        k0 AS "code"
      FROM g
    )
  )
)
SELECT
  g.m,
  t0.r AS k0,
  g.k1 AS k1,
  CAST(SUM(g.n) AS BIGINT) AS n
FROM g
JOIN t0
  ON g.k0 IS NOT DISTINCT FROM t0.v
GROUP BY ALL
