//! What an upload to the cloud storage takes beyond the least that it could: one PUT of each file, at the same
//! time, and one transaction. And what it costs that ids become visible in their order.
//!
//! `tests/cloud/run bench` starts the engines and runs it.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::join;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutOptions, PutPayload};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, NoTls};
use userimage::storage::contract::{Sample, WEBSITE};
use userimage::storage::{
    Catalog, CloudRuntime, CloudStorage, ObjectBlobs, ObjectOptions, PostgresCatalog,
    PostgresOptions, Quotas, Storage,
};

const LENGTH: usize = 100 * 1024;
const UPLOADS: usize = 300;
const TIME: Duration = Duration::from_secs(4);

#[derive(serde::Deserialize)]
struct Blobs {
    url: String,
    options: BTreeMap<String, String>,
}

fn sample() -> Sample {
    Sample::new(WEBSITE, "user", vec![7; LENGTH])
}

/// The engines without this library's storage.
struct Floor {
    runtime: tokio::runtime::Runtime,
    store: Box<dyn ObjectStore>,
    client: Client,
}

impl Floor {
    fn new(blobs: &Blobs, url: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = AmazonS3Builder::new().with_url("s3://images").with_allow_http(true);
        for (name, value) in &blobs.options {
            builder = builder.with_config(name.parse().unwrap(), value);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(connect(url));
        let tables = "CREATE SCHEMA IF NOT EXISTS floor;
             CREATE TABLE IF NOT EXISTS floor.images
                 (id bigserial PRIMARY KEY, name text UNIQUE, record text)";
        runtime.block_on(client.batch_execute(tables)).unwrap();
        Self { runtime, store: Box::new(builder.build().unwrap()), client }
    }

    fn upload(&self, sample: &Sample) {
        let stem = sample.record.unique_name.stem();
        let put = |folder: &str, bytes: &[u8]| {
            let path = Path::from(format!("floor/{folder}/{stem}"));
            let payload = PutPayload::from(bytes.to_vec());
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            async move { self.store.put_opts(&path, payload, options).await.unwrap() }
        };
        self.runtime.block_on(async {
            join(put("a", &sample.original), put("b", &sample.standard)).await;
            insert(&self.client, stem, &sample.record.to_json()).await;
        });
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn insert(client: &Client, name: &str, record: &str) {
    let sql = "INSERT INTO floor.images (name, record) VALUES ($1, $2) RETURNING id";
    let rows = client.query_typed(sql, &[(&name, Type::TEXT), (&record, Type::TEXT)]).await;
    assert_eq!(rows.unwrap().len(), 1);
}

/// Calls of `work` a second, from `threads` threads.
fn rate(threads: usize, work: impl Fn() + Sync) -> f64 {
    let since = Instant::now();
    let calls: u32 = thread::scope(|scope| {
        let count = || {
            let mut calls = 0;
            while since.elapsed() < TIME {
                work();
                calls += 1;
            }
            calls
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    f64::from(calls) / since.elapsed().as_secs_f64()
}

fn milliseconds(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let last = times.len() - 1;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let at = (last as f64 * share).round() as usize;
    times[at].as_secs_f64() * 1000.0
}

fn main() {
    let Ok(blobs) = std::env::var("USERIMAGE_S3") else {
        println!("skipped: the engines are started by tests/cloud/run bench");
        return;
    };
    let blobs: Blobs = serde_json::from_str(&blobs).unwrap();
    let url = std::env::var("USERIMAGE_POSTGRES").unwrap();
    let mut options = ObjectOptions::new(&blobs.url);
    options.options.clone_from(&blobs.options);
    let runtime = CloudRuntime::new();
    let open_catalog = || {
        let mut options = PostgresOptions::new(&url).with_schema("bench");
        options.max_connections = 16;
        PostgresCatalog::open(&runtime, &options).unwrap()
    };
    let open = || ObjectBlobs::open(&runtime, &options).unwrap();
    let storage = CloudStorage::from_parts(open(), open_catalog(), "/");
    let floor = Floor::new(&blobs, &url);

    // In turn, so that both meet the same machine.
    let (mut stored, mut least) = (Vec::new(), Vec::new());
    for number in 0..UPLOADS + 10 {
        let (ours, bare) = (sample(), sample());
        let start = Instant::now();
        storage.store(&ours.image()).unwrap();
        let middle = Instant::now();
        floor.upload(&bare);
        if number >= 10 {
            stored.push(middle - start);
            least.push(middle.elapsed());
        }
    }
    for (name, share) in [("median", 0.5), ("90 %", 0.9)] {
        let (ours, bare) = (milliseconds(&mut stored, share), milliseconds(&mut least, share));
        println!(
            "one upload of 100 KiB, {name}: {ours:.1} ms, the floor {bare:.1} ms, {:.1} ms over it",
            ours - bare
        );
    }
    for threads in [1, 4, 16] {
        let rate = rate(threads, || drop(storage.store(&sample().image()).unwrap()));
        println!("uploads of 100 KiB, {threads:2} threads: {rate:6.0}/s");
    }

    // The digest of a short file takes no time.
    let record = || Sample::new(WEBSITE, "user", *b"any").record;
    let catalog = open_catalog();
    for threads in [1, 4, 16] {
        let begin = rate(threads, || {
            catalog.begin(&record()).unwrap();
        });
        let both = rate(threads, || {
            let record = record();
            let pending = catalog.begin(&record).unwrap();
            catalog.commit(pending, &record, &Quotas::default()).unwrap();
        });
        let clients: Vec<Client> =
            (0..threads).map(|_| floor.runtime.block_on(connect(&url))).collect();
        let next = std::sync::atomic::AtomicUsize::new(0);
        let sequence = rate(threads, || {
            // Each call takes the next connection, of which there are as many as threads.
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % threads;
            let record = record();
            let stem = record.unique_name.stem();
            floor.runtime.block_on(insert(&clients[at], stem, &record.to_json()));
        });
        let commits = 1.0 / (1.0 / both - 1.0 / begin);
        println!(
            "rows, {threads:2} threads: begin {begin:5.0}/s, begin and commit {both:5.0}/s (commits alone \
             {commits:5.0}/s); an INSERT with an id from a sequence {sequence:5.0}/s"
        );
    }
}
