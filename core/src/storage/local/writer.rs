//! The write transactions of a process, which threads share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::file_locks::WriteLocks;
use super::session::{Session, run};
use super::transaction_error::TransactionError;
use crate::storage::StorageError;

/// The most changes of one transaction.
const MOST: usize = 64;

/// The connection that writes. Changes that threads make at the same time are committed in one
/// transaction, so that they wait for the disk once: a thread makes its change and leaves the commit to
/// the next thread that waits; the last one commits.
#[derive(Debug, Default)]
pub(super) struct Writer {
    /// The number of threads that wait for the state. One of them is going to commit.
    waiting: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    session: Option<Session>,
    /// The transaction that is open.
    batch: Option<Arc<Batch>>,
    /// Its locks.
    locks: Option<WriteLocks>,
    /// The number of its changes.
    changes: usize,
}

/// A transaction, and its outcome once it has ended.
#[derive(Debug, Default)]
struct Batch {
    outcome: Mutex<Option<Result<(), String>>>,
    ended: Condvar,
}

impl Batch {
    fn end(&self, outcome: Result<(), String>) {
        *lock(&self.outcome) = Some(outcome);
        self.ended.notify_all();
    }

    fn wait(&self) -> Result<(), TransactionError> {
        let mut outcome = lock(&self.outcome);
        loop {
            match &*outcome {
                Some(Ok(())) => return Ok(()),
                Some(Err(reason)) => return Err(StorageError::new(reason).into()),
                None => {
                    outcome = self.ended.wait(outcome).unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }
}

impl Writer {
    /// Makes a change, and returns when it is committed. After a failure it is not made; if the commit
    /// failed, that is not certain. `check` runs after the commit, and fails it.
    pub(super) fn write<T>(
        &self,
        connect: impl FnOnce() -> Result<Session, TransactionError>,
        check: impl FnOnce() -> Result<(), StorageError>,
        work: impl FnOnce(&Connection) -> Result<T, TransactionError>,
    ) -> Result<T, TransactionError> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut state = lock(&self.state);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let batch = state.open(connect)?;
        let mut turn = Turn { state, finished: false };
        let changed = turn.change(work);
        let commit_now = turn.state.changes >= MOST
            || self.waiting.load(Ordering::SeqCst) == 0
            || turn.state.batch.is_none();
        let committed = if commit_now { Some(turn.state.end(check)) } else { None };
        turn.finished = true;
        drop(turn);
        let value = changed?;
        committed.unwrap_or_else(|| batch.wait())?;
        Ok(value)
    }

    /// Takes the connection. Called while no transaction is open.
    pub(super) fn take(&self) -> Option<Session> {
        lock(&self.state).session.take()
    }
}

impl State {
    /// The open transaction, or a new one.
    fn open(
        &mut self,
        connect: impl FnOnce() -> Result<Session, TransactionError>,
    ) -> Result<Arc<Batch>, TransactionError> {
        if let Some(batch) = &self.batch {
            return Ok(batch.clone());
        }
        let session = self.session.take().map_or_else(connect, Ok)?;
        self.locks = session.begin()?;
        self.session = Some(session);
        self.changes = 0;
        Ok(self.batch.insert(Arc::default()).clone())
    }

    /// Commits the transaction, or ends one without changes.
    fn end(
        &mut self,
        check: impl FnOnce() -> Result<(), StorageError>,
    ) -> Result<(), TransactionError> {
        let (Some(batch), Some(session)) = (self.batch.take(), self.session.take()) else {
            return Ok(());
        };
        let end = if self.changes == 0 { "ROLLBACK" } else { "COMMIT" };
        let committed = run(&session.connection, end).map_err(TransactionError::from);
        let is_committed = committed.is_ok();
        let ended = committed.and_then(|()| if self.changes == 0 { Ok(()) } else { Ok(check()?) });
        batch.end(ended.as_ref().copied().map_err(ToString::to_string));
        let locks = self.locks.take();
        if ended.is_ok() {
            session.shorten_log(locks.as_ref());
        }
        // After a failure the connection is closed, which rolls back. One whose log was removed still has it.
        if is_committed {
            self.session = Some(session);
        }
        ended
    }

    /// Ends the transaction without committing it.
    fn fail(&mut self, reason: &str) {
        self.session = None;
        self.locks = None;
        if let Some(batch) = self.batch.take() {
            batch.end(Err(reason.to_owned()));
        }
    }
}

/// A thread's turn in the transaction. If the thread panics, the transaction is rolled back.
struct Turn<'a> {
    state: MutexGuard<'a, State>,
    finished: bool,
}

impl Turn<'_> {
    /// Makes one change, or none if it fails.
    fn change<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, TransactionError>,
    ) -> Result<T, TransactionError> {
        let Some(session) = &self.state.session else {
            return Err(StorageError::new("the database is closed").into());
        };
        let connection = &session.connection;
        let result = run(connection, "SAVEPOINT change")
            .map_err(TransactionError::from)
            .and_then(|()| work(connection));
        let undone = match &result {
            Ok(_) => run(connection, "RELEASE change"),
            Err(_) => run(connection, "ROLLBACK TO change")
                .and_then(|()| run(connection, "RELEASE change")),
        };
        match (result, undone) {
            (Ok(value), Ok(())) => {
                self.state.changes += 1;
                Ok(value)
            }
            (Err(failure), Ok(())) => Err(failure),
            // SQLite has ended the transaction, e.g. because the disk is full.
            (result, Err(error)) => {
                let failure = result.err().unwrap_or(TransactionError::Sqlite(error));
                self.state.fail(&format!("the transaction was rolled back: {failure}"));
                Err(failure)
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.state.fail("the transaction was rolled back: another change in it panicked");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
