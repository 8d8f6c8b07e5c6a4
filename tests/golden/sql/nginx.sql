-- path like '/blog/%'
-- status < 500 and user_agent not like '%bot%'
-- duration <= 0.3
-- status between 400 and 499
WITH g AS MATERIALIZED (
  SELECT
    CASE WHEN "@time" LIKE '__/% +0900' THEN LEFT("@time", 17) ELSE '!' || "@time" END AS m,
    CASE
      WHEN NOT "duration" IS NULL
      THEN CASE WHEN "duration" <= CAST(0.3 AS DOUBLE) THEN 0 ELSE 1 END
    END AS k0,
    "path" AS k1,
    CASE
      WHEN NOT "status" IS NULL
      THEN CASE
        WHEN "status" <= CAST(499.0 AS DOUBLE)
        THEN CASE WHEN "status" < CAST(400.0 AS DOUBLE) THEN 0 ELSE 1 END
        ELSE CASE WHEN "status" < CAST(500.0 AS DOUBLE) THEN 2 ELSE 3 END
      END
    END AS k2,
    "user_agent" AS k3,
    COUNT(*) AS n
  FROM (
    SELECT
      NULLIF(
        (
          CASE
            WHEN shaped
            THEN LEFT(s0_1[2], -2)
            ELSE REGEXP_EXTRACT(
              line,
              '^(?:[^\"]*?)\ \[([^\"]*?)\]\ "(?:(?:[^\"\\]|\\.)*)"\ (?:[^\"]*?)\ "(?:(?:[^\"\\]|\\.)*)"\ (?:[^\"]*?)\s*$',
              1
            )
          END
        ),
        ''
      ) AS "@time",
      TRY_CAST(NULLIF(
        (
          CASE
            WHEN shaped
            THEN s4[2]
            ELSE REGEXP_EXTRACT(
              line,
              '^(?:[^\"]*?)\ \[(?:[^\"]*?)\]\ "(?:(?:[^\"\\]|\\.)*)"\ (?:[^\"]*?)\ "(?:(?:[^\"\\]|\\.)*)"\ ([^\"]*?)\s*$',
              1
            )
          END
        ),
        '-'
      ) AS DOUBLE) AS "duration",
      NULLIF(
        STR_SPLIT(
          STR_SPLIT(
            (
              CASE
                WHEN shaped
                THEN p[2]
                ELSE REGEXP_EXTRACT(
                  line,
                  '^(?:[^\"]*?)\ \[(?:[^\"]*?)\]\ "((?:[^\"\\]|\\.)*)"\ (?:[^\"]*?)\ "(?:(?:[^\"\\]|\\.)*)"\ (?:[^\"]*?)\s*$',
                  1
                )
              END
            ),
            ' '
          )[2],
          '?'
        )[1],
        ''
      ) AS "path",
      TRY_CAST(NULLIF(
        (
          CASE
            WHEN shaped
            THEN s2[2]
            ELSE REGEXP_EXTRACT(
              line,
              '^(?:[^\"]*?)\ \[(?:[^\"]*?)\]\ "(?:(?:[^\"\\]|\\.)*)"\ ([^\"]*?)\ "(?:(?:[^\"\\]|\\.)*)"\ (?:[^\"]*?)\s*$',
              1
            )
          END
        ),
        '-'
      ) AS DOUBLE) AS "status",
      NULLIF(
        (
          CASE
            WHEN shaped
            THEN p[4]
            ELSE REGEXP_EXTRACT(
              line,
              '^(?:[^\"]*?)\ \[(?:[^\"]*?)\]\ "(?:(?:[^\"\\]|\\.)*)"\ (?:[^\"]*?)\ "((?:[^\"\\]|\\.)*)"\ (?:[^\"]*?)\s*$',
              1
            )
          END
        ),
        '-'
      ) AS "user_agent"
    FROM (
      SELECT
        *,
        LENGTH(p) = 5
        AND NOT CONTAINS(line, '\"')
        AND p[1] LIKE '% [%] ' ESCAPE ''
        AND p[3] LIKE ' % ' ESCAPE ''
        AND p[5] LIKE ' %' ESCAPE ''
        AND LENGTH(s0_1) = 2
        AND LENGTH(s4) = 2
        AND LENGTH(s2) = 3 AS shaped
      FROM (
        SELECT
          line,
          p,
          STR_SPLIT(p[1], ' [') AS s0_1,
          STR_SPLIT(p[5], ' ') AS s4,
          STR_SPLIT(p[3], ' ') AS s2
        FROM (
          SELECT
            line,
            STR_SPLIT(line, '"') AS p
          FROM READ_CSV(
            'LOG',
            "columns" = {'line': 'VARCHAR'},
            delim = '',
            quote = '',
            escape = '',
            header = FALSE,
            auto_detect = FALSE,
            ignore_errors = TRUE,
            strict_mode = FALSE,
            null_padding = FALSE,
            max_line_size = 1048576,
            buffer_size = 8388608,
            compression = 'none',
            store_rejects = TRUE,
            rejects_limit = 1000
          )
        )
        WHERE
          NOT line IS NULL
      )
    )
  )
  GROUP BY ALL
), t1 AS (
  SELECT
    v,
    MIN(v) OVER (PARTITION BY a) AS r
  FROM (
    SELECT
      v,
      ["path" LIKE '/blog/%'] AS a
    FROM (
      SELECT DISTINCT
        k1 AS v,
        k1 AS "path"
      FROM g
    )
  )
), t3 AS (
  SELECT
    v,
    MIN(v) OVER (PARTITION BY a) AS r
  FROM (
    SELECT
      v,
      ["user_agent" NOT LIKE '%bot%'] AS a
    FROM (
      SELECT DISTINCT
        k3 AS v,
        k3 AS "user_agent"
      FROM g
    )
  )
)
SELECT
  g.m,
  g.k0 AS k0,
  t1.r AS k1,
  g.k2 AS k2,
  t3.r AS k3,
  CAST(SUM(g.n) AS BIGINT) AS n
FROM g
JOIN t1
  ON g.k1 IS NOT DISTINCT FROM t1.v
JOIN t3
  ON g.k3 IS NOT DISTINCT FROM t3.v
GROUP BY ALL
