//! All sinks of a process.

use std::sync::Arc;

use labtower_model::Clock;
use labtower_store::Store;
use tokio_util::sync::CancellationToken;

use crate::ExportError;
#[cfg(feature = "otlp")]
use crate::otlp::{Otlp, OtlpOptions};

/// Which sinks there are; none by default.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// Traces over OTLP/HTTP.
    #[cfg(feature = "otlp")]
    pub otlp: Option<OtlpOptions>,
}

/// The sinks, ready to run.
#[derive(Debug)]
pub struct Export {
    #[cfg(feature = "otlp")]
    otlp: Option<Otlp>,
}

#[cfg_attr(
    not(feature = "otlp"),
    expect(
        unused_variables,
        clippy::unused_async,
        reason = "without a sink there is nothing to send"
    )
)]
impl Export {
    /// Checks the settings; sends nothing yet.
    ///
    /// # Errors
    /// A setting cannot be used.
    pub fn new(
        options: ExportOptions,
        store: &Store,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, ExportError> {
        Ok(Self {
            #[cfg(feature = "otlp")]
            otlp: options
                .otlp
                .map(|options| Otlp::new(options, store.clone(), clock.clone()))
                .transpose()?,
        })
    }

    /// Sends until `stop`; what was under way then is sent again at the next start.
    pub async fn run(self, stop: CancellationToken) {
        #[cfg(feature = "otlp")]
        if let Some(otlp) = self.otlp {
            otlp.run(stop).await;
        }
    }
}
