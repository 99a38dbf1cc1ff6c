//! Alert and recording rules for Prometheus.

/// The rule file, as Prometheus reads it.
///
/// Source: `crates/cli/rules/labtower.rules.yml`, which the compose file mounts too; its tests lie beside it.
pub const RULES: &str = include_str!("../rules/labtower.rules.yml");
