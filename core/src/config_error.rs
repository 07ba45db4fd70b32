//! Errors of the configuration.

use crate::cause::error_of_a_cause;
use crate::field::InvalidField;

error_of_a_cause! {
    /// Why a configuration cannot be used. The text names the invalid key:
    /// `websites[0].id: a number is expected, not "1001"`. It does not contain a client's key.
    ConfigError
}

impl From<InvalidField> for ConfigError {
    fn from(invalid: InvalidField) -> Self {
        Self::new(invalid.reason())
    }
}
