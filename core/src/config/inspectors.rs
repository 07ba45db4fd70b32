//! The inspectors in a configuration.

use std::time::Duration;

use super::document::{Members, Node};
use crate::config_error::ConfigError;
use crate::inspect::{ClamdInspector, Inspector, Inspectors, OnFailure};

/// An inspector, which decides about each image before it is stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum InspectorConfig {
    /// `ClamAV`'s scanner.
    Clamd {
        /// Where it is, and its limits.
        clamd: ClamdInspector,
        /// What happens to an upload if it fails.
        on_failure: OnFailure,
    },
    /// The next one of the host's own, in the order of [`Host::inspectors`](super::Host::inspectors).
    Host {
        /// What happens to an upload if it fails.
        on_failure: OnFailure,
    },
}

/// Reads `inspectors`.
pub(super) fn read(node: &Node<'_>) -> Result<Vec<InspectorConfig>, ConfigError> {
    node.list()?.map(|node| inspector(&node)).collect()
}

fn inspector(node: &Node<'_>) -> Result<InspectorConfig, ConfigError> {
    let members = node.members(&["clamd", "host"])?;
    match (members.get("clamd"), members.get_object("host")) {
        (Some(node), None) => clamd(&node),
        (None, Some(node)) => {
            Ok(InspectorConfig::Host { on_failure: on_failure(&node.members(&["on_failure"])?)? })
        }
        _ => Err(node.error("exactly one inspector is expected")),
    }
}

fn clamd(node: &Node<'_>) -> Result<InspectorConfig, ConfigError> {
    let members = node.members(&["address", "timeout_seconds", "max_bytes", "on_failure"])?;
    let address = members.required("address")?;
    let mut clamd = ClamdInspector::new(address.text()?).map_err(|error| address.error(error))?;
    let seconds = |node: &Node<'_>| node.number(1, 3600).map(Duration::from_secs);
    clamd = clamd
        .clone()
        .with_timeout(members.read_or("timeout_seconds", clamd.timeout(), seconds)?)
        .with_max_bytes(
            members.read_or("max_bytes", clamd.max_bytes(), |node| node.number(0, u64::MAX))?,
        );
    Ok(InspectorConfig::Clamd { clamd, on_failure: on_failure(&members)? })
}

fn on_failure(members: &Members<'_>) -> Result<OnFailure, ConfigError> {
    members.read_or("on_failure", OnFailure::default(), |node| node.one_of(&OnFailure::NAMES))
}

/// The inspectors of a configuration, with the host's `own` where it names them and the rest of these at the end.
pub(super) fn open(
    configs: &[InspectorConfig],
    own: Vec<Box<dyn Inspector>>,
) -> Result<Inspectors, ConfigError> {
    let (mut inspectors, mut own) = (Inspectors::default(), own.into_iter());
    for (index, config) in configs.iter().enumerate() {
        match config {
            InspectorConfig::Clamd { clamd, on_failure } => {
                inspectors.push(Box::new(clamd.clone()), *on_failure);
            }
            InspectorConfig::Host { on_failure } => {
                let next = own.next().ok_or_else(|| {
                    let reason = "the host brings no further inspector";
                    ConfigError::new(format!("inspectors[{index}].host: {reason}"))
                })?;
                inspectors.push(next, *on_failure);
            }
        }
    }
    own.for_each(|inspector| inspectors.push(inspector, OnFailure::default()));
    Ok(inspectors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn inspectors(json: &str) -> Result<Vec<InspectorConfig>, String> {
        let json = format!(r#"{{"authentication": "already_checked", "inspectors": {json}}}"#);
        let config = Config::from_json(&json).map_err(|error| error.to_string())?;
        Ok(config.inspectors)
    }

    #[test]
    fn every_key_is_read_and_failures_are_closed_by_default() {
        let read = inspectors(
            r#"[{"clamd": {"address": "tcp://127.0.0.1:3310"}}, {"host": {}},
                {"clamd": {"address": "tcp://[::1]:1", "timeout_seconds": 3, "max_bytes": 7,
                           "on_failure": "allow"}}, {"host": {"on_failure": "allow"}}]"#,
        );
        let [
            InspectorConfig::Clamd { clamd: first, on_failure: OnFailure::Fail },
            InspectorConfig::Host { on_failure: OnFailure::Fail },
            InspectorConfig::Clamd { clamd: second, on_failure: OnFailure::Allow },
            InspectorConfig::Host { on_failure: OnFailure::Allow },
        ] = &read.unwrap()[..]
        else {
            panic!("other inspectors")
        };
        assert_eq!(*first, ClamdInspector::new("tcp://127.0.0.1:3310").unwrap());
        assert_eq!((first.timeout().as_secs(), first.max_bytes()), (10, 26_214_400));
        assert_eq!((second.timeout().as_secs(), second.max_bytes()), (3, 7));
        assert!(inspectors("[]").unwrap().is_empty());
    }

    #[test]
    fn an_error_names_the_key_s_path() {
        for (json, expected) in [
            ("{}", "inspectors: a list is expected, not an object"),
            ("[{}]", "inspectors[0]: exactly one inspector is expected"),
            (
                r#"[{"clamav": {}}]"#,
                "inspectors[0].clamav: the key is not known; known are clamd, host",
            ),
            (
                r#"[{"host": {}}, {"clamd": {}, "host": {}}]"#,
                "inspectors[1]: exactly one inspector is expected",
            ),
            (r#"[{"clamd": {}}]"#, "inspectors[0].clamd.address is missing"),
            (
                r#"[{"clamd": {"address": "localhost"}}]"#,
                r#"inspectors[0].clamd.address: tcp://host:port or unix:///path is expected, not "localhost""#,
            ),
            (
                r#"[{"clamd": {"address": "tcp://h:1", "timeout_seconds": 0}}]"#,
                "inspectors[0].clamd.timeout_seconds: a whole number of 1 to 3600 is expected, not 0",
            ),
            (
                r#"[{"clamd": {"address": "tcp://h:1", "on_failure": "accept"}}]"#,
                r#"inspectors[0].clamd.on_failure: one of fail, allow is expected, not "accept""#,
            ),
        ] {
            assert_eq!(inspectors(json).unwrap_err(), expected);
        }
    }

    #[test]
    fn an_inspector_of_the_host_that_is_named_must_be_there() {
        let json = r#"{"storage": {"memory": {"base_url": "/"}}, "authentication": "already_checked",
                       "inspectors": [{"clamd": {"address": "tcp://h:1"}}, {"host": {}}]}"#;
        let error = Config::from_json(json).unwrap().open().unwrap_err().to_string();
        assert_eq!(error, "inspectors[1].host: the host brings no further inspector");
    }
}
