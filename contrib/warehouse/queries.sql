-- SPDX-License-Identifier: MIT
-- Questions to many hosts. DuckDB's dialect; what ClickHouse has otherwise is in docs/warehouse.md. Each begins with a
-- line "-- name:".

-- name: worst locks by service, over the last week of the data
SELECT (r.labels->>'$.service') AS service, t.comm, t.wait_label,
       round(sum(t.lock_wait_ns) / 1e9, 3) AS lock_wait_s, count(DISTINCT t.host) AS hosts
FROM threads t JOIN recordings r USING (recording)
WHERE t.day > (SELECT max(day) - 7 FROM recordings)
GROUP BY ALL HAVING sum(t.lock_wait_ns) > 0 ORDER BY lock_wait_s DESC LIMIT 20;

-- name: 99th percentile of run-queue wait by type of host, in percent of a thread's time while it wanted to run
SELECT r.machine, r.cpus, count(*) AS rows,
       round(100 * quantile_cont(t.cpu_wait_ns / (t.cpu_wait_ns + t.exec_ns), 0.99), 2) AS p99_cpu_wait_pct
FROM threads t JOIN recordings r USING (recording)
WHERE t.cpu_wait_ns + t.exec_ns > 0 GROUP BY ALL ORDER BY p99_cpu_wait_pct DESC;

-- name: before and after a deploy: delay per thread and second by command
SELECT t.comm, (r.labels->>'$.deploy') AS deploy, count(DISTINCT t.host) AS hosts,
       round(1000 * sum(t.latency_ns) / sum(t.wall_ns), 2) AS delay_ms_per_s
FROM threads t JOIN recordings r USING (recording)
WHERE NOT t.kernel GROUP BY ALL HAVING sum(t.wall_ns) > 0 ORDER BY t.comm, deploy LIMIT 200;

-- name: recordings that dropped something, or have no end
SELECT host, recording, name, rule, lost, end_unix_ns IS NULL AS interrupted
FROM recordings WHERE lost > 0 OR end_unix_ns IS NULL;

-- name: hosts by delayed time, and what kind it is
SELECT host, round(sum(cpu_wait_ns) / 1e9, 2) AS cpu_wait_s, round(sum(io_wait_ns) / 1e9, 2) AS io_wait_s,
       round(sum(mem_wait_ns + swap_wait_ns) / 1e9, 2) AS mem_wait_s, round(sum(lock_wait_ns) / 1e9, 2) AS lock_wait_s,
       round(sum(wall_ns) / 1e9, 1) AS thread_s
FROM threads GROUP BY host ORDER BY sum(latency_ns) DESC LIMIT 50;

-- name: what the most delayed code waits in
SELECT w.label, s.frames, round(sum(w.total_ns) / 1e9, 3) AS waited_s, count(DISTINCT w.host) AS hosts
FROM waits w JOIN (SELECT DISTINCT recording, stack_id, frames FROM stacks) s USING (recording, stack_id)
WHERE w.state = 'lock_wait' GROUP BY ALL ORDER BY waited_s DESC LIMIT 20;
