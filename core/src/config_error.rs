//! Why an uploader cannot be made.

use crate::cause::error_of_a_cause;
use crate::field::InvalidField;

error_of_a_cause! {
    /// Why an uploader cannot be made from a configuration. The text names the key at fault:
    /// `websites[0].id: a number is expected, not "1001"`. It never shows a client's key.
    ConfigError
}

impl From<InvalidField> for ConfigError {
    fn from(invalid: InvalidField) -> Self {
        Self::new(invalid.reason())
    }
}
