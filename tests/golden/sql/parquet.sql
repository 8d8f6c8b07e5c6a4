-- status < 500
-- latency <= budget
SELECT
  '!' || "@time" AS m,
  "budget" AS k0,
  "latency" AS k1,
  CASE
    WHEN NOT "status" IS NULL
    THEN CASE WHEN "status" < CAST(500.0 AS DOUBLE) THEN 0 ELSE 1 END
  END AS k2,
  COUNT(*) AS n
FROM (
  SELECT
    CAST("time" AS TEXT) AS "@time",
    TRY_CAST("budget" AS DOUBLE) AS "budget",
    TRY_CAST("latency" AS DOUBLE) AS "latency",
    TRY_CAST("status" AS DOUBLE) AS "status"
  FROM (
    SELECT
      *
    FROM READ_PARQUET('LOG')
    UNION ALL BY NAME
    SELECT
      CAST(NULL AS TEXT) AS "time",
      CAST(NULL AS TEXT) AS "budget",
      CAST(NULL AS TEXT) AS "latency",
      CAST(NULL AS TEXT) AS "status"
    WHERE
      FALSE
  )
)
GROUP BY ALL
