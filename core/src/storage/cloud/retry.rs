//! When a request is sent again.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// The pauses between the attempts of one operation: each up to twice as long as the one before, of a
/// random length, so that many clients do not return at the same moment.
pub(super) struct Retry {
    deadline: Instant,
    pause: Duration,
}

impl Retry {
    /// Attempts for `timeout` from now.
    pub(super) fn new(timeout: Duration) -> Self {
        // A time that cannot be represented is that of a year.
        const YEAR: Duration = Duration::from_secs(31_536_000);
        Self { deadline: Instant::now() + timeout.min(YEAR), pause: FIRST_PAUSE }
    }

    /// Waits for the next attempt. `false`, at once, when there is no time left for one.
    pub(super) async fn wait(&mut self) -> bool {
        let pause = self.pause.mul_f64(random_between(0.5, 1.0));
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        if Instant::now() + pause >= self.deadline {
            return false;
        }
        sleep(pause).await;
        true
    }
}

fn random_between(low: f64, high: f64) -> f64 {
    // The first 32 bits of a random UUID are all random.
    let (bits, ..) = Uuid::new_v4().as_fields();
    low + (high - low) * f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_end_at_the_deadline() {
        let start = Instant::now();
        let mut retry = Retry::new(Duration::from_millis(400));
        let mut attempts = 0;
        while retry.wait().await {
            attempts += 1;
        }
        // Between a half and all of 50, 100, 200, 400 milliseconds.
        assert!((3..=4).contains(&attempts), "{attempts}");
        assert!(start.elapsed() < Duration::from_millis(400));
        assert!(!Retry::new(Duration::ZERO).wait().await);
    }

    #[test]
    fn pauses_differ() {
        let values: Vec<f64> = (0..8).map(|_| random_between(0.5, 1.0)).collect();
        assert!(values.iter().all(|value| (0.5..=1.0).contains(value)));
        assert!(values.iter().any(|value| *value != values[0]));
    }
}
