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
    outcome: Mutex<Option<Outcome>>,
    ended: Condvar,
}

/// How a transaction has ended.
#[derive(Clone, Debug)]
enum Outcome {
    Committed,
    /// It was rolled back, and its changes must be made again.
    Repeat,
    Failed(String),
}

impl Batch {
    fn end(&self, outcome: Outcome) {
        *lock(&self.outcome) = Some(outcome);
        self.ended.notify_all();
    }

    fn wait(&self) -> Outcome {
        let mut outcome = lock(&self.outcome);
        loop {
            match &*outcome {
                Some(outcome) => return outcome.clone(),
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
        connect: impl Fn() -> Result<Session, TransactionError>,
        check: impl Fn() -> Result<(), StorageError>,
        work: impl Fn(&Connection) -> Result<T, TransactionError>,
    ) -> Result<T, TransactionError> {
        loop {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let mut state = lock(&self.state);
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            let batch = state.open(&connect)?;
            let mut turn = Turn { state, finished: false };
            let changed = turn.change(&work);
            let commit_now = turn.state.changes >= MOST
                || self.waiting.load(Ordering::SeqCst) == 0
                || turn.state.batch.is_none();
            let ended = if commit_now { Some(turn.state.end(&check)) } else { None };
            turn.finished = true;
            drop(turn);
            let value = changed?;
            match ended.unwrap_or_else(|| Ok(batch.wait()))? {
                Outcome::Committed => return Ok(value),
                Outcome::Repeat => {}
                Outcome::Failed(reason) => return Err(StorageError::new(reason).into()),
            }
        }
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
        // Not closed if this fails: that would release the locks of another copy of SQLite.
        let session = self.session.insert(session);
        let locks = session.lock()?;
        if let Err(failure) = session.begin(locks.as_ref()) {
            self.session = None;
            return Err(failure);
        }
        self.locks = locks;
        self.changes = 0;
        Ok(self.batch.insert(Arc::default()).clone())
    }

    /// Commits the transaction, or ends one without changes. If another copy of SQLite has opened the database since
    /// it began, it is rolled back before, as the other's transaction could be written over it.
    fn end(
        &mut self,
        check: impl FnOnce() -> Result<(), StorageError>,
    ) -> Result<Outcome, TransactionError> {
        // An open transaction has a connection.
        let Some(batch) = self.batch.take() else { return Ok(Outcome::Committed) };
        let Some(session) = self.session.take() else { return Ok(Outcome::Committed) };
        let locks = self.locks.take();
        let check_other_copies = || locks.as_ref().map_or(Ok(()), WriteLocks::check_other_copies);
        let is_changed = self.changes > 0;
        let repeat = is_changed && check_other_copies().is_err();
        let statement = if is_changed && !repeat { "COMMIT" } else { "ROLLBACK" };
        let result = run(&session.connection, statement);
        let is_intact = result.is_ok();
        let outcome = result.map_err(TransactionError::from).and_then(|()| {
            if repeat {
                return Ok(Outcome::Repeat);
            }
            if is_changed {
                check()?;
                check_other_copies()?;
            }
            Ok(Outcome::Committed)
        });
        batch.end(match &outcome {
            Ok(outcome) => outcome.clone(),
            Err(failure) => Outcome::Failed(failure.to_string()),
        });
        if is_changed && matches!(outcome, Ok(Outcome::Committed)) {
            session.shorten_log(locks.as_ref());
        }
        // After a failure the connection is closed, which rolls back. One whose log was removed still has it.
        if is_intact {
            self.session = Some(session);
        } else {
            drop(session);
        }
        drop(locks);
        outcome
    }

    /// Ends the transaction without committing it.
    fn fail(&mut self, reason: &str) {
        self.session = None;
        self.locks = None;
        if let Some(batch) = self.batch.take() {
            batch.end(Outcome::Failed(reason.to_owned()));
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
