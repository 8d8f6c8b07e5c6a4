-- operation = 'PlayVideo'
-- status < 500 and error is distinct from 'SYSTEM'
-- duration <= 0.3
SELECT
  CASE WHEN "@time" LIKE '____-%+00:00' THEN LEFT("@time", 16) ELSE '!' || "@time" END AS m,
  CASE
    WHEN NOT "duration" IS NULL
    THEN CASE WHEN "duration" <= CAST(0.3 AS DOUBLE) THEN 0 ELSE 1 END
  END AS k0,
  "error" AS k1,
  "operation" AS k2,
  CASE
    WHEN NOT "status" IS NULL
    THEN CASE WHEN "status" < CAST(500.0 AS DOUBLE) THEN 0 ELSE 1 END
  END AS k3,
  COUNT(*) AS n
FROM (
  SELECT
    COALESCE("time", "ts", "timestamp") AS "@time",
    "request_time" AS "duration",
    "up" ->> '/headers/error' AS "error",
    "operation" AS "operation",
    "status" AS "status"
  FROM READ_NDJSON(
    'LOG',
    "columns" = {'time': 'VARCHAR', 'ts': 'VARCHAR', 'timestamp': 'VARCHAR', 'request_time': 'DOUBLE', 'up': 'JSON', 'operation': 'VARCHAR', 'status': 'DOUBLE'},
    records = 'true',
    ignore_errors = TRUE,
    format = 'newline_delimited',
    maximum_object_size = 1048576,
    compression = 'none'
  )
)
GROUP BY ALL
