-- op = 'PlayVideo'
-- not (error in system_codes)
-- duration <= 0.3
SELECT
  CASE
    WHEN REGEXP_FULL_MATCH("@time", '[1-9][0-9]{12}([.][0-9]*)?')
    THEN CAST(CAST(LEFT("@time", 13) AS BIGINT) // 60000 * 60 AS TEXT)
    ELSE '!' || "@time"
  END AS m,
  CASE
    WHEN NOT "duration" IS NULL
    THEN CASE WHEN "duration" <= CAST(0.3 AS DOUBLE) THEN 0 ELSE 1 END
  END AS k0,
  "error" AS k1,
  "op" AS k2,
  COUNT(*) AS n
FROM (
  SELECT
    "at" AS "@time",
    "duration" AS "duration",
    "error" AS "error",
    "op" AS "op"
  FROM READ_NDJSON(
    'LOG',
    "columns" = {'at': 'VARCHAR', 'duration': 'DOUBLE', 'error': 'VARCHAR', 'op': 'VARCHAR'},
    records = 'true',
    ignore_errors = TRUE,
    format = 'newline_delimited',
    maximum_object_size = 1048576,
    compression = 'none'
  )
)
GROUP BY ALL
