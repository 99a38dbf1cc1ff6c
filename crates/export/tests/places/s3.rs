//! A bucket of an S3 of our own.

use std::process::{Command, Stdio};

use super::servers::{Server, python_with};
use crate::shared::servers::{free_port, missing};

/// Its address.
pub(crate) const TARGET: &str = "s3://labtower";
const NAME: &str = "labtower";
const REGION: &str = "us-east-1";
/// Both halves of the key: nobody checks them.
const KEY: &str = "x";

/// A server with one empty bucket.
pub(crate) struct Bucket {
    server: Server,
}

impl Bucket {
    /// Starts one, or says that there is no server to be had.
    pub(crate) fn start() -> Option<Self> {
        let Some(python) = python_with("moto.server") else {
            missing("moto");
            return None;
        };
        let port = free_port();
        let mut command = Command::new(&python);
        command.args(["-m", "moto.server", "-H", "127.0.0.1"]);
        command.args(["-p", &port.to_string()]);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let bucket = Self {
            server: Server::start(command, port),
        };
        let make = "import sys, boto3; to, name, region, key = sys.argv[1:]; boto3.client('s3', endpoint_url=to, \
                    region_name=region, aws_access_key_id=key, aws_secret_access_key=key).create_bucket(Bucket=name)";
        let made = Command::new(&python)
            .args(["-c", make, &bucket.endpoint(), NAME, REGION, KEY])
            .status()
            .unwrap();
        assert!(made.success());
        Some(bucket)
    }

    /// What a process that reads or writes it has in its environment.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT", self.endpoint()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", KEY.to_owned()),
        ]
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }
}
