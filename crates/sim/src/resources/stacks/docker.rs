//! Building and pushing a container image.

use super::{Cause, Run};
use crate::resources::trace::Log;

pub(super) fn commands(_run: &Run<'_>) -> Vec<String> {
    vec![
        "docker login -u $CI_REGISTRY_USER --password-stdin $CI_REGISTRY".to_owned(),
        "docker build --progress=plain -t $CI_REGISTRY_IMAGE:$CI_COMMIT_SHORT_SHA .".to_owned(),
        "docker push $CI_REGISTRY_IMAGE:$CI_COMMIT_SHORT_SHA".to_owned(),
    ]
}

pub(super) fn opening(log: &mut Log, run: &Run<'_>) {
    log.line("Login Succeeded");
    log.err("#1 [internal] load build definition from Dockerfile");
    log.err("#1 transferring dockerfile: 1.21kB done");
    log.err("#1 DONE 0.0s");
    log.err(&format!(
        "#2 [internal] load metadata for docker.io/library/{}",
        run.stack.image()
    ));
    log.wait(1.1);
    log.err("#2 DONE 1.1s");
    log.err("#3 [internal] load build context");
    log.err("#3 DONE 0.4s");
    log.err(&format!(
        "#4 [build 1/5] FROM docker.io/library/{}",
        run.stack.image()
    ));
    log.err("#4 CACHED");
    log.err("#5 [build 2/5] WORKDIR /app");
    log.err("#5 CACHED");
    log.err("#6 [build 3/5] COPY . .");
    log.wait(0.6);
    log.err("#6 DONE 0.6s");
    log.err("#7 [build 4/5] RUN make dist");
    log.wait(20.0);
}

/// Why building the project's image fails, and the kinds that are right to call it.
pub(crate) fn cause(run: &Run<'_>) -> (String, &'static [&'static str]) {
    let kind = run.code.of("image").below(3);
    let kinds: &[&str] = match kind {
        0 => &["compile", "config"],
        1 => &["dependency"],
        _ => &["auth", "registry"],
    };
    (format!("image {kind}"), kinds)
}

pub(super) fn ending(log: &mut Log, run: &Run<'_>, cause: Option<&Cause>) {
    if cause.is_none() {
        log.err("#7 DONE 20.3s");
        log.err("#8 exporting to image");
        log.err("#8 DONE 2.9s");
        log.line(&format!(
            "The push refers to repository [registry.example.com/{}]",
            run.project
        ));
        let mut dice = run.dice.of("layers");
        for _ in 0..4 {
            let layer = dice.hex(12);
            log.progress(&[
                &format!("{layer}: Preparing"),
                &format!("{layer}: Pushing [====>      ]  12.6MB/48.1MB"),
                &format!("{layer}: Pushed                              "),
            ]);
            log.wait(0.8);
        }
        log.line(&format!(
            "{}: digest: sha256:{} size: 1786",
            dice.hex(8),
            dice.hex(64)
        ));
        return;
    }
    let mut dice = run.code.of("image");
    match dice.below(3) {
        0 => {
            log.err("#7 20.11 make: *** No rule to make target 'assets', needed by 'dist'.  Stop.");
            log.err("#7 ERROR: process \"/bin/sh -c make dist\" did not complete successfully: exit code: 2");
            log.err("ERROR: failed to build: failed to solve: process \"/bin/sh -c make dist\" did not complete successfully: exit code: 2");
        }
        1 => {
            log.err("#7 12.42 E: Unable to locate package libpq-dev-17");
            log.err("#7 ERROR: process \"/bin/sh -c make dist\" did not complete successfully: exit code: 100");
            log.err("ERROR: failed to build: failed to solve: process \"/bin/sh -c make dist\" did not complete successfully: exit code: 100");
        }
        _ => {
            log.err("#7 DONE 19.7s");
            log.line(&format!(
                "The push refers to repository [registry.example.com/{}]",
                run.project
            ));
            log.err("denied: requested access to the resource is denied");
        }
    }
}
