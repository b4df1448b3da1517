// SPDX-License-Identifier: MIT
// contrib/warehouse with a real DuckDB: warehouse.mjs BUILD_DIR FOLDER, where FOLDER has node_modules/@duckdb/node-api.
// Recordings of several hosts (UTS namespaces) are loaded; sums of the tables are those of the files; loading twice
// changes nothing; each query of queries.sql runs. Prints how many rows a second load. Exits with 1 on a failure.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, cpSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [build, packages] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(join(packages, "node_modules", "x.js"))("@duckdb/node-api");
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const folder = mkdtempSync(join(tmpdir(), "rstat-warehouse-"));
let failures = 0;

function check(what, right, detail = "") {
    failures += right ? 0 : 1;
    console.log(`${right ? "ok    " : "FAILED"} ${what}${detail && " " + detail}`);
}

function record(host, options) {
    const words = ["record", "-o", join(folder, host), "-d", "3", "-i", "100", "--label", "service=web", ...options];
    return new Promise((done) => spawn("unshare", ["--uts", "sh", "-c", 'hostname "$0"; exec "$@"', host,
        join(build, "rstat-tsa"), ...words], { stdio: "ignore" }).on("exit", done));
}

const database = await (await DuckDBInstance.create(":memory:")).connect();
const rows = async (sql) => (await database.runAndReadAll(sql)).getRowObjects();
const one = async (sql) => Object.values((await rows(sql))[0])[0];
const load = (directory) => database.run(execFileSync("sh", [join(root, "contrib/warehouse/load"), "duckdb", directory]).toString());

try {
    await database.run(readFileSync(join(root, "contrib/warehouse/duckdb-schema.sql")).toString());
    const convoy = spawn(join(build, "tests/puppets/convoy"), { stdio: ["pipe", "ignore", "ignore"] });
    const codes = await Promise.all([
        record("web-1", ["--label", "deploy=1", "--stacks", "--wakers", "--neighbors", "--compress", "--name", "it's one"]),
        record("web-2", ["--label", "deploy=2", "--taskstats", "--keep", "400K"]),
        record("batch-1", ["--source", "procfs"]),
    ]);
    convoy.kill("SIGKILL");
    check("three hosts are recorded", codes.every((code) => code === 0), codes);
    for (const host of ["web-1", "web-2", "batch-1", "web-1"]) {
        await load(join(folder, host));
    }
    check("a recording that is loaded twice is there once", Number(await one("SELECT count(*) FROM recordings")) === 3);
    for (const { host, rows: wanted, name } of await rows(
        "SELECT host, (SELECT count(*) FROM threads t WHERE t.recording = r.recording) AS rows, r.rows AS name FROM recordings r")) {
        check(`${host}: all rows are loaded`, wanted === name && wanted > 0n, `${wanted}`);
    }
    check("names are as they were given", (await one("SELECT name FROM recordings WHERE host = 'web-1'")) === "it's one");
    check("labels are JSON", (await one("SELECT labels->>'$.deploy' FROM recordings WHERE host = 'web-2'")) === "2");
    check("the states sum to the time", Number(await one(
        "SELECT count(*) FROM threads WHERE host = 'web-1' AND wall_ns <> exec_ns + cpu_wait_ns + io_wait_ns + swap_wait_ns " +
        "+ mem_wait_ns + lock_wait_ns + sync_ns * 0 + uninterruptible_ns + sleep_ns + idle_ns + stopped_ns + zombie_ns + sync_ns")) === 0);
    for (const table of ["machine", "processes", "waits", "stacks", "wakers", "neighbors"]) {
        check(`${table} has rows`, Number(await one(`SELECT count(*) FROM ${table} WHERE host = 'web-1'`)) > 0);
    }
    check("a lock is found by its service", (await rows(
        "SELECT * FROM threads JOIN recordings r USING (recording) WHERE comm = 'convoy' AND lock_wait_ns > 0 AND (r.labels->>'$.service') = 'web'")).length > 0);
    const queries = readFileSync(join(root, "contrib/warehouse/queries.sql")).toString().split("-- name: ").slice(1);
    for (const query of queries) {
        const [name, ...sql] = query.split("\n");
        const found = await rows(sql.join("\n"));
        check(`query: ${name}`, found.length > 0 || name.startsWith("recordings that dropped"), `${found.length} rows`);
    }

    // The rate: the same rows, many times.
    const big = join(folder, "big");
    cpSync(join(folder, "batch-1"), big, { recursive: true });
    const meta = JSON.parse(readFileSync(join(big, "meta.json")));
    writeFileSync(join(big, "meta.json"), JSON.stringify({ ...meta, id: "big" }));
    const text = readFileSync(join(big, "threads.csv")).toString();
    const start = text.indexOf("\n") + 1;
    const times = Math.ceil(500_000 / (text.split("\n").length - 2));
    writeFileSync(join(big, "threads.csv"), text.slice(0, start) + text.slice(start).repeat(times));
    const began = performance.now();
    await load(big);
    const seconds = (performance.now() - began) / 1000;
    const loaded = Number(await one("SELECT count(*) FROM threads WHERE recording = 'big'"));
    check("half a million rows load", loaded >= 500_000, `${Math.round(loaded / seconds)} rows/s`);
    await database.run(`COPY (SELECT * FROM threads) TO '${join(folder, "parquet")}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))`);
    check("Parquet by day has all rows", Number(await one(
        `SELECT count(*) FROM read_parquet('${folder}/parquet/*/*.parquet', hive_partitioning = true)`)) ===
        Number(await one("SELECT count(*) FROM threads")));
} finally {
    rmSync(folder, { recursive: true, force: true });
}
process.exit(failures === 0 ? 0 : 1);
