//! How long the operations of a catalog take with many rows. Fills a new catalog by SQL, without an upload of
//! each row, and times every operation of [`Catalog`] on it.
//!
//! ```text
//! catalog_rows sqlite FILE ROWS    in a new file, which has about 0.5 GB for a million rows
//! catalog_rows postgres URL ROWS   in a schema of its own, which it drops at the end
//! ```
//!
//! A quarter of the rows are images of one user, "heavy", of website 1. The others belong to 750
//! websites, with 30 images a user. In the end each operation is called once more while PostgreSQL writes
//! the plans of all statements to its log, by `auto_explain`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a bench")]

use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio_postgres::{Client, NoTls};
use userimage::storage::contract::Sample;
use userimage::storage::{
    Catalog, CloudRuntime, Page, PostgresCatalog, PostgresOptions, Quota, Quotas, SqliteCatalog,
};
use userimage::{ImageId, UserId, Variant, WebsiteId};

const SCHEMA: &str = "catalog_rows";

/// The calls of an operation that are timed, within 20 seconds.
const CALLS: usize = 15;

/// The values of row `n` that are not those of the row that is copied, in SQL that both databases have.
const VALUES: [(&str, &str); 10] = [
    ("id", "n"),
    ("photo_code", "n"),
    ("website_id", "CASE WHEN n % 4 = 0 THEN 1 ELSE 1 + n % 1000 END"),
    ("user_id", "CASE WHEN n % 4 = 0 THEN 'heavy' ELSE 'user-' || n / 30000 END"),
    ("image_name", "'IMG_' || n || '.png'"),
    ("search_name", "'img_' || n || '.png'"),
    ("created", "1700000000000 + n * 1000"),
    // Random, as real names and contents are: neighbours lie far apart in the index.
    ("stem", "'2026_11_' || NAME"),
    ("unique_name", "'2026_11_' || NAME || '.png'"),
    ("sha256", "HASH"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [engine, place, rows] = *arguments else {
        panic!("sqlite or postgres, a file or a URL, and a number of rows, are expected")
    };
    let rows: u64 = rows.parse().unwrap();
    let start = Instant::now();
    match engine {
        "sqlite" => {
            let catalog = SqliteCatalog::open(place).unwrap();
            store_first(&catalog);
            drop(catalog);
            let connection = Connection::open(place).unwrap();
            fill_sqlite(&connection, rows);
            drop(connection);
            println!("{rows} rows after {:?}", start.elapsed());
            measure(&SqliteCatalog::open(place).unwrap(), rows, CALLS);
        }
        "postgres" => {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let (client, connection) =
                runtime.block_on(tokio_postgres::connect(place, NoTls)).unwrap();
            runtime.spawn(connection);
            let options = PostgresOptions::new(place).with_schema(SCHEMA);
            let cloud = CloudRuntime::new();
            store_first(&PostgresCatalog::open(&cloud, &options).unwrap());
            runtime.block_on(fill_postgres(&client, rows));
            println!("{rows} rows after {:?}", start.elapsed());
            measure(&PostgresCatalog::open(&cloud, &options).unwrap(), rows, CALLS);
            runtime.block_on(client.batch_execute(&log_plans(name(place)))).unwrap();
            measure(&PostgresCatalog::open(&cloud, &options).unwrap(), rows, 0);
            let drop =
                format!("DROP SCHEMA {SCHEMA} CASCADE; ALTER DATABASE {} RESET ALL", name(place));
            runtime.block_on(client.batch_execute(&drop)).unwrap();
        }
        other => panic!("not known: {other}"),
    }
}

/// The name of the database in a URL.
fn name(url: &str) -> &str {
    url.rsplit_once('/').unwrap().1
}

/// The image that all rows are copies of.
fn store_first(catalog: &dyn Catalog) {
    let record = Sample::new(1, "first", vec![7; 1000]).record;
    let pending = catalog.begin(&record).unwrap();
    assert_eq!(catalog.commit(pending, &record, &Quotas::default()).unwrap().id.get(), 1);
}

/// The `INSERT` of the rows 2 to `rows`, as copies of the row 1 with the columns `columns`.
fn insert(table: &str, columns: &[String], series: &str, name: &str, hash: &str) -> String {
    let values = columns.iter().map(|column| {
        let own = VALUES.iter().find(|(own, _)| own == column);
        own.map_or_else(
            || format!("one.{column}"),
            |(_, value)| value.replace("NAME", name).replace("HASH", hash),
        )
    });
    let values: Vec<String> = values.collect();
    format!(
        "INSERT INTO {table} ({}) SELECT {} FROM {series}, (SELECT * FROM {table} WHERE id = 1) AS one",
        columns.join(", "),
        values.join(", ")
    )
}

/// Indexes and triggers are left out while the rows are made.
fn fill_sqlite(connection: &Connection, rows: u64) {
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let columns = texts("SELECT name FROM pragma_table_info('images')");
    let kinds = "FROM sqlite_master WHERE type IN ('index', 'trigger') AND tbl_name = 'images' AND sql IS NOT NULL";
    let made_again = texts(&format!("SELECT sql {kinds}"));
    let dropped = texts(&format!("SELECT 'DROP ' || type || ' ' || name {kinds}"));
    let series = format!(
        "(WITH RECURSIVE series (n) AS (VALUES (2) UNION ALL SELECT n + 1 FROM series WHERE n < {rows}) SELECT n FROM series)"
    );
    // The product scatters neighbours.
    let name =
        "printf('%08x-%04x-4%03x-8%03x-%012x', n * 2654435761 & 0xffffffff, n & 0xffff, 0, 0, n)";
    let insert = insert("images", &columns, &series, name, "randomblob(32)");
    let statements = [
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; BEGIN".to_owned(),
        dropped.join(";"),
        insert,
        made_again.join(";"),
        "DELETE FROM usage_by_user; DELETE FROM usage_by_website;
         INSERT INTO usage_by_user
             SELECT website_id, user_id, count(*), sum(original_bytes + standard_bytes)
             FROM images GROUP BY website_id, user_id"
            .to_owned(),
        "COMMIT; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)".to_owned(),
    ];
    for statement in statements {
        connection.execute_batch(&statement).unwrap();
    }
}

async fn fill_postgres(client: &Client, rows: u64) {
    let texts = async |sql: &str| -> Vec<String> {
        client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    };
    let columns = texts(&format!(
        "SELECT column_name::text FROM information_schema.columns
         WHERE table_schema = '{SCHEMA}' AND table_name = 'images' ORDER BY ordinal_position"
    ))
    .await;
    let indexes = format!(
        "FROM pg_indexes WHERE schemaname = '{SCHEMA}' AND tablename = 'images' AND indexname <> 'images_pkey'"
    );
    let made_again = texts(&format!("SELECT indexdef {indexes}")).await;
    let dropped = texts(&format!("SELECT 'DROP INDEX {SCHEMA}.' || indexname {indexes}")).await;
    let series = format!("generate_series(2::bigint, {rows}) AS series (n)");
    let digits = |from, count| format!("substr(md5(n::text), {from}, {count})");
    let (a, b, c, d, e) =
        (digits(1, 8), digits(9, 4), digits(14, 3), digits(18, 3), digits(21, 12));
    let name = &format!("{a} || '-' || {b} || '-4' || {c} || '-8' || {d} || '-' || {e}");
    let insert =
        insert(&format!("{SCHEMA}.images"), &columns, &series, name, "sha256(n::text::bytea)");
    let statements = [
        format!("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; ALTER TABLE {SCHEMA}.images DISABLE TRIGGER ALL"),
        dropped.join(";"),
        insert,
        made_again.join(";"),
        format!(
            "ALTER TABLE {SCHEMA}.images ENABLE TRIGGER ALL;
             TRUNCATE {SCHEMA}.usage_by_user, {SCHEMA}.usage_by_website;
             INSERT INTO {SCHEMA}.usage_by_user
                 SELECT website_id, user_id, count(*), sum(original_bytes + standard_bytes)
                 FROM {SCHEMA}.images GROUP BY website_id, user_id;
             INSERT INTO {SCHEMA}.usage_by_website
                 SELECT website_id, sum(images), sum(bytes), count(*) FROM {SCHEMA}.usage_by_user GROUP BY website_id;
             UPDATE {SCHEMA}.last_image SET id = {rows}"
        ),
        "VACUUM ANALYZE".to_owned(),
    ];
    for statement in statements {
        client.batch_execute(&statement).await.unwrap();
    }
}

/// The settings with which a new connection writes the plans of its statements to the server's log.
fn log_plans(database: &str) -> String {
    format!(
        "ALTER DATABASE {database} SET session_preload_libraries = 'auto_explain';
         ALTER DATABASE {database} SET auto_explain.log_min_duration = 0;
         ALTER DATABASE {database} SET auto_explain.log_analyze = on;
         ALTER DATABASE {database} SET auto_explain.log_buffers = on"
    )
}

/// Times each operation: the median and the longest of some calls, after a first one.
fn measure(catalog: &dyn Catalog, rows: u64, calls: usize) {
    let time = |what: &str, call: &mut dyn FnMut()| time(what, calls, call);
    let (one, light_site) = (WebsiteId::new(1).unwrap(), WebsiteId::new(2).unwrap());
    let (heavy, light) = (UserId::parse("heavy").unwrap(), UserId::parse("user-1").unwrap());
    let id = |number: u64| ImageId::new(number).unwrap();
    let middle = id(rows / 2);
    let record = |user: &str, content: u64| Sample::new(1, user, content.to_le_bytes()).record;
    let limited = Quota::unlimited().with_images(Some(u64::MAX)).with_bytes(Some(u64::MAX));
    let quotas = Quotas::new(limited, limited);
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    let found = catalog.scan(Some(id(rows / 3)), 1).unwrap().pop().unwrap().entry.unwrap();
    let key = found.record.blob_key(Variant::Original);
    let none = key.to_string().replace("2026_11", "2025_11");
    let none = userimage::BlobKey::parse(&none).unwrap();
    let page = |index| Page::new(index, 25);
    let pages = rows / 4 / 25;

    time("find by id", &mut || drop(catalog.find(one, middle).unwrap()));
    time("find by key", &mut || assert!(catalog.find_key(&key).unwrap().is_some()));
    time("find by an unknown key", &mut || assert!(catalog.find_key(&none).unwrap().is_none()));
    time("list, first page, heavy user", &mut || {
        full(catalog.list(one, &heavy, page(0)).unwrap().1.len());
    });
    time("list, middle page, heavy user", &mut || {
        full(catalog.list(one, &heavy, page(pages / 2)).unwrap().1.len());
    });
    time("list, first page, light user", &mut || {
        drop(catalog.list(light_site, &light, page(0)).unwrap());
    });
    time("list_after, first page, heavy user", &mut || {
        full(catalog.list_after(one, &heavy, None, 25).unwrap().len());
    });
    time("list_after, middle page, heavy user", &mut || {
        full(catalog.list_after(one, &heavy, Some(middle), 25).unwrap().len());
    });
    time("search, heavy user, one hit", &mut || {
        let name = format!("img_{}.png", rows / 8 * 4);
        assert!(catalog.search(one, &heavy, &name, page(0)).unwrap().0 > 0);
    });
    time("search, heavy user, no hit", &mut || {
        assert_eq!(catalog.search(one, &heavy, "zebra", page(0)).unwrap().0, 0);
    });
    time("search, light user", &mut || {
        drop(catalog.search(light_site, &light, "99", page(0)).unwrap());
    });
    time("usage of a website", &mut || assert!(catalog.usage(one, None).unwrap().images > 0));
    time("usage of the heavy user", &mut || {
        // Some of a quarter of the rows: an earlier round has deleted and reassigned others.
        assert!(catalog.usage(one, Some(&heavy)).unwrap().images > rows / 8);
    });
    time("all websites", &mut || assert_eq!(catalog.websites(None, 2000).unwrap().len(), 751));
    time("scan, 100 from the middle", &mut || {
        assert_eq!(catalog.scan(Some(middle), 100).unwrap().len(), 100);
    });
    time("holds", &mut || assert!(catalog.holds(&key).unwrap()));
    time("begin and commit, new bytes", &mut || {
        let record = record("heavy", next());
        let pending = catalog.begin(&record).unwrap();
        catalog.commit(pending, &record, &Quotas::default()).unwrap();
    });
    time("begin and commit, with quotas", &mut || {
        let record = record("heavy", next());
        let pending = catalog.begin(&record).unwrap();
        catalog.commit(pending, &record, &quotas).unwrap();
    });
    time("begin and commit, a repeat", &mut || {
        let record = record("heavy", 1);
        let pending = catalog.begin(&record).unwrap();
        catalog.commit(pending, &record, &quotas).unwrap();
    });
    // Others than those of the calls that were timed.
    let mut victim = if calls == 0 { rows / 4 } else { rows / 2 };
    time("delete", &mut || {
        victim += 4;
        let orphan = catalog.delete(one, id(victim / 4 * 4)).unwrap().unwrap();
        catalog.remove_pending(orphan.pending).unwrap();
    });
    time("delete_user, 100 of the heavy user", &mut || {
        assert_eq!(catalog.delete_user(one, &heavy, 100).unwrap().len(), 100);
    });
    time("delete_older, 100", &mut || {
        assert_eq!(catalog.delete_older(one, Duration::ZERO, 100).unwrap().len(), 100);
    });
    time("delete_older, none", &mut || {
        drop(catalog.delete_older(one, Duration::from_secs(1 << 40), 100).unwrap());
    });
    let other = UserId::parse("other").unwrap();
    time("reassign, 1000 of the heavy user", &mut || {
        assert_eq!(catalog.reassign(one, &heavy, &other, 1000).unwrap(), 1000);
    });
    time("expire_pending, none", &mut || {
        drop(catalog.expire_pending(Duration::from_secs(1 << 40)).unwrap());
    });
    time("expire_pending, all of the deletions", &mut || {
        drop(catalog.expire_pending(Duration::ZERO).unwrap());
    });
}

fn full(images: usize) {
    assert_eq!(images, 25);
}

/// Calls `call` once, and then times some calls.
fn time(what: &str, calls: usize, call: &mut dyn FnMut()) {
    call();
    if calls == 0 {
        return;
    }
    let mut times: Vec<Duration> = Vec::new();
    let begin = Instant::now();
    while times.len() < calls && begin.elapsed() < Duration::from_secs(20) {
        let start = Instant::now();
        call();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let milliseconds =
        |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    let (median, longest) = (milliseconds(times.get(times.len() / 2)), milliseconds(times.last()));
    println!("| {what} | {median:.2} | {longest:.2} |");
}
