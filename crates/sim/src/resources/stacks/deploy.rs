//! Rolling out with Helm and kubectl.

use super::{Cause, Run};
use crate::resources::trace::Log;

/// Where the job deploys to, read from its name.
fn target(run: &Run<'_>) -> &'static str {
    if run.job.contains("stag") {
        "staging"
    } else if run.job.contains("review") {
        "review"
    } else {
        "production"
    }
}

pub(super) fn commands(run: &Run<'_>) -> Vec<String> {
    let (package, target) = (run.package(), target(run));
    vec![
        format!("kubectl config use-context {target}"),
        format!(
            "helm upgrade --install {package} chart/ --namespace {target} --set image.tag=$CI_COMMIT_SHORT_SHA --wait --timeout 5m"
        ),
    ]
}

pub(super) fn opening(log: &mut Log, run: &Run<'_>) {
    log.line(&format!("Switched to context \"{}\".", target(run)));
    log.wait(5.0);
}

/// Why a rollout of this project fails, and the kinds that are right to call it.
pub(crate) fn cause(run: &Run<'_>) -> (String, &'static [&'static str]) {
    let kind = run.code.of("deploy").below(4);
    let kinds: &[&str] = match kind {
        0 | 3 => &["deploy", "timeout"],
        1 => &["deploy"],
        _ => &["auth"],
    };
    (format!("deploy {kind}"), kinds)
}

pub(super) fn ending(log: &mut Log, run: &Run<'_>, cause: Option<&Cause>) {
    let (package, target) = (run.package(), target(run));
    if cause.is_none() {
        log.wait(25.0);
        log.line(&format!(
            "Release \"{package}\" has been upgraded. Happy Helming!"
        ));
        log.line(&format!("NAME: {package}"));
        log.line(&format!("NAMESPACE: {target}"));
        log.line("STATUS: deployed");
        log.line(&format!(
            "REVISION: {}",
            10 + run.dice.of("revision").below(400)
        ));
        return;
    }
    match run.code.of("deploy").below(4) {
        0 => {
            log.wait(300.0);
            log.err("Error: UPGRADE FAILED: context deadline exceeded");
        }
        1 => log.err(
            "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
        ),
        2 => {
            log.err("error: You must be logged in to the server (Unauthorized)");
            log.err("Error: Kubernetes cluster unreachable: the server has asked for the client to provide credentials");
        }
        _ => {
            log.line(&format!("Waiting for deployment \"{package}\" rollout to finish: 1 out of 3 new replicas have been updated..."));
            log.wait(120.0);
            log.err(&format!(
                "error: deployment \"{package}\" exceeded its progress deadline"
            ));
        }
    }
}
