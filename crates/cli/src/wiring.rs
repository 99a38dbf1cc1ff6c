//! From the configuration to the options of the other crates.

use std::sync::Arc;
use std::time::Duration;

use labtower_export::ExportOptions;
use labtower_export::feed::FeedOptions;
#[cfg(feature = "otlp")]
use labtower_export::otlp::OtlpOptions;
use labtower_gitlab::{ClientConfig, TokenKind};
use labtower_model::RefKind;
use labtower_serve::{
    AuthOptions, FailureOptions, MetricsOptions, SavedView, User, WebhookOptions,
};
use labtower_store::StoreOptions;
use labtower_sync::{Patterns, SyncOptions};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::{self, Config, Failures, Finding, GitLab, Metrics, Webhooks};
use crate::service::read_tls;
use crate::{Failure, ServiceOptions, session_key};

/// Everything `run` needs, from the configuration. Files are read here, so that what runs depends on none of them.
///
/// # Errors
/// When there is no address or token, which the check of the configuration reports earlier and better, or certificates
/// cannot be used.
pub(crate) async fn service_options(config: &Config) -> Result<ServiceOptions, Failure> {
    Ok(ServiceOptions {
        host: config.server.host.clone(),
        port: config.server.port,
        tls: read_tls(config.server.tls_files().as_ref()).await?,
        store_path: config.store.path.clone(),
        store: StoreOptions::default(),
        client: client_config(&config.gitlab)?,
        issue_client: issue_client(&config.gitlab)?,
        sync: sync_options(config)?,
        serve_during_backfill: config.server.serve_during_backfill,
        cache_ttl: config.poller.ttl_seconds,
        cache_entries: config.poller.capacity,
        auth: auth_options(config)?,
        webhooks: webhook_options(&config.webhooks)?,
        failures: failure_options(&config.failures),
        metrics: metrics_options(&config.metrics)?,
        export: export_options(config)?,
        reloads: crate::reload::Reloads::default(),
    })
}

/// Where the data goes from here.
///
/// # Errors
/// When a secret cannot be read or the project patterns together are too large to compile.
fn export_options(config: &Config) -> Result<ExportOptions, Failure> {
    let target = config
        .feed
        .secret()
        .map_err(|finding| finding_to_error("export.feed", finding))?;
    let feed = match &config.gitlab.url {
        Some(url) if !target.expose_secret().is_empty() => {
            Some(FeedOptions::new(target, instance(url)))
        }
        _ => None,
    };
    Ok(ExportOptions {
        feed,
        #[cfg(feature = "otlp")]
        otlp: otlp_options(config)?,
    })
}

/// Name of a GitLab in exported data: host and path.
pub(crate) fn instance(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/api/v4").unwrap_or(path);
    format!("{host}{port}{path}")
}

/// Traces; none while they are switched off.
///
/// # Errors
/// When headers cannot be read or the project patterns together are too large to compile.
#[cfg(feature = "otlp")]
fn otlp_options(config: &Config) -> Result<Option<OtlpOptions>, Failure> {
    use labtower_export::otlp::Since;

    let otlp = &config.otlp;
    let (true, Some(endpoint), Some(instance)) = (
        otlp.enabled,
        otlp.endpoint.clone(),
        config.gitlab.url.clone(),
    ) else {
        return Ok(None);
    };
    let projects = (!otlp.projects.is_empty())
        .then(|| Patterns::new(&otlp.projects))
        .transpose()?;
    let options = OtlpOptions {
        headers: otlp
            .secret()
            .map_err(|finding| finding_to_error("export.otlp", finding))?,
        timeout: otlp.timeout_seconds,
        gzip: otlp.compression == config::Compression::Gzip,
        ca_file: otlp.ca_file.clone(),
        service_name: otlp.service_name.clone(),
        resource_attributes: otlp.attributes(),
        sources: otlp.sources.clone(),
        exclude_sources: otlp.exclude_sources.clone(),
        project_allowed: Arc::new(move |path| {
            projects
                .as_ref()
                .is_none_or(|patterns| patterns.matches(path))
        }),
        since: match otlp.since {
            config::Since::Now => Since::Now,
            config::Since::Backfill => Since::Backfill,
        },
        ..OtlpOptions::new(endpoint, instance)
    };
    Ok(Some(options))
}

/// Who may write, and who may read.
///
/// # Errors
/// When the token cannot be read, or the key of sessions neither read nor made.
fn auth_options(config: &Config) -> Result<AuthOptions, Failure> {
    let auth = &config.auth;
    let key = if auth.users.is_empty() {
        None
    } else {
        let path = session_key::beside(&config.store.path);
        let key = session_key::session_key(&config.store.path).map_err(|error| {
            let error = anyhow::Error::from(error).context(format!(
                "failed to keep the key of sessions in `{}`",
                path.display()
            ));
            Failure::with_hint(
                crate::Exit::Failed,
                error,
                "the directory of store.path must be one this user may write to",
            )
        })?;
        Some(key)
    };
    Ok(AuthOptions {
        token: auth
            .secret()
            .map_err(|finding| finding_to_error("server.auth", finding))?,
        users: auth
            .users
            .iter()
            .map(|login| User {
                name: login.name.clone(),
                password_hash: login.password_hash.clone(),
            })
            .collect(),
        trusted_header: labtower_serve::header_name(&auth.trusted_header),
        trusted_proxies: auth.trusted_proxies.clone(),
        require_auth_for_read: auth.require_auth_for_read,
        session: auth.session(),
        key,
    })
}

/// How webhooks prove where they come from.
///
/// # Errors
/// When a secret cannot be read.
pub(crate) fn webhook_options(webhooks: &Webhooks) -> Result<WebhookOptions, Failure> {
    let named = |finding| finding_to_error("webhooks", finding);
    Ok(WebhookOptions {
        token: webhooks.secret().map_err(named)?,
        signing_token: webhooks.signing_secret().map_err(named)?,
    })
}

/// What pages of failures depend on.
fn failure_options(failures: &Failures) -> FailureOptions {
    FailureOptions {
        time_zone: failures.time_zone.0.clone(),
        day_starts_at: failures.day_starts_at.0,
        views: failures
            .views
            .iter()
            .map(|view| SavedView {
                name: view.name.clone(),
                query: view.query.clone(),
            })
            .collect(),
        issue_labels: failures.issue_labels.clone(),
    }
}

/// How GitLab is reached.
///
/// # Errors
/// When there is no address or token.
pub(crate) fn client_config(gitlab: &GitLab) -> Result<ClientConfig, Failure> {
    let url = gitlab
        .url
        .clone()
        .ok_or_else(|| anyhow::anyhow!("there is no address of a GitLab in gitlab.url"))?;
    let token = gitlab
        .secret()
        .map_err(|finding| finding_to_error("gitlab", finding))?;
    Ok(ClientConfig {
        token_kind: match gitlab.token_kind {
            config::TokenKind::Private => TokenKind::Private,
            config::TokenKind::Bearer => TokenKind::Bearer,
        },
        ca_file: gitlab.ca_file.clone(),
        skip_invalid_certs: gitlab.skip_invalid_certs,
        proxy: gitlab.proxy.clone(),
        timeout: gitlab.timeout_seconds,
        requests_per_second: gitlab.requests_per_second,
        concurrency: gitlab.concurrency,
        ..ClientConfig::new(url, token)
    })
}

/// How GitLab is asked for issues that people create; `None` without a token that may.
///
/// # Errors
/// When there is no address, or a token cannot be read.
fn issue_client(gitlab: &GitLab) -> Result<Option<ClientConfig>, Failure> {
    let Some(token) = write_token(gitlab)? else {
        return Ok(None);
    };
    Ok(Some(ClientConfig {
        token,
        ..client_config(gitlab)?
    }))
}

/// The token that may write; `None` without one.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn write_token(gitlab: &GitLab) -> Result<Option<SecretString>, Failure> {
    gitlab
        .write_secret()
        .map_err(|finding| finding_to_error("gitlab", finding))
}

/// What is read, and how often.
///
/// # Errors
/// When the project patterns together are too large to compile.
pub(crate) fn sync_options(config: &Config) -> Result<SyncOptions, Failure> {
    let gitlab = &config.gitlab;
    let poller = &config.poller;
    Ok(SyncOptions {
        groups: gitlab.monitor_groups.clone(),
        projects: gitlab.projects.clone(),
        include: Patterns::new(&gitlab.include)?,
        exclude: Patterns::new(&gitlab.exclude)?,
        branch_filter: gitlab.branch_filter(),
        recursive: gitlab.recursive,
        shared: gitlab.shared,
        archived: gitlab.archived,
        interval: poller.interval_seconds,
        reconcile_interval: config.webhooks.reconcile_interval_seconds,
        overlap: poller.overlap_seconds,
        backfill_days: poller.backfill_days,
        backfill_concurrency: poller.backfill_concurrency,
        discovery_interval: poller.discovery_interval_seconds,
        completeness_interval: Some(poller.completeness_interval_seconds)
            .filter(|every| !every.is_zero()),
        retention_days: config.store.retention_days,
        test_cases: poller.test_cases,
        failures: labtower_sync::FailureOptions {
            enabled: config.failures.enabled,
            days: config.failures.days,
            rules: config.failures.rules.clone(),
            trackers: config.failures.trackers.clone(),
            keep_excerpts: config.failures.keep_excerpts,
        },
        // Whoever may read during the backfill must not see figures that are still to be made.
        defer_rollups: !config.server.serve_during_backfill,
    })
}

/// What `/metrics` tells, and of what.
///
/// # Errors
/// When the project patterns together are too large to compile.
fn metrics_options(metrics: &Metrics) -> Result<MetricsOptions, Failure> {
    let projects = (!metrics.projects.is_empty())
        .then(|| Patterns::new(&metrics.projects))
        .transpose()?;
    let branches = metrics.branches.clone();
    let tags = metrics.tags.clone();
    let merge_requests = metrics.merge_request_refs.clone();
    let age = metrics.ref_max_age_days;
    Ok(MetricsOptions {
        switches: metrics.switches().collect(),
        disabled: metrics.disabled.clone(),
        max_series: metrics.max_series,
        sparse_status: metrics.sparse_status,
        ref_max_age: (age > 0).then(|| Duration::from_secs(u64::from(age) * 86_400)),
        project_allowed: Arc::new(move |path| {
            projects
                .as_ref()
                .is_none_or(|patterns| patterns.matches(path))
        }),
        ref_allowed: Arc::new(move |kind, name| match kind {
            RefKind::Branch => branches.is_match(name),
            RefKind::Tag => tags.is_match(name),
            RefKind::MergeRequest => merge_requests.is_match(name),
        }),
        created: metrics.created_timestamps,
    })
}

fn finding_to_error(section: &str, finding: Finding) -> Failure {
    let error = anyhow::anyhow!("{section}.{}: {}", finding.key, finding.message);
    Failure::with_hint(crate::Exit::Usage, error, finding.hint.unwrap_or_default())
}
