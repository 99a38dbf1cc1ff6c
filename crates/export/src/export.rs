//! All sinks of a process.

use std::sync::Arc;

use labtower_model::Clock;
use labtower_store::Store;
use tokio_util::sync::CancellationToken;

use crate::ExportError;
use crate::feed::{Feed, FeedOptions};
#[cfg(feature = "otlp")]
use crate::otlp::{Otlp, OtlpOptions};
use crate::sink::{AnySink, open};

/// Which sinks there are; none by default.
#[derive(Debug, Clone, Default)]
pub struct ExportOptions {
    /// Every change as a row.
    pub feed: Option<FeedOptions>,
    /// Traces over OTLP/HTTP.
    #[cfg(feature = "otlp")]
    pub otlp: Option<OtlpOptions>,
}

/// The sinks, ready to run.
#[derive(Debug)]
pub struct Export {
    feed: Option<Feed<AnySink>>,
    #[cfg(feature = "otlp")]
    otlp: Option<Otlp>,
}

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
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let feed = options.feed.map(|options| {
            let sink = open(options.target(), &options.instance, variable)?;
            let name = options.name().to_owned();
            Ok::<_, ExportError>(Feed::new(name, sink, store.clone(), clock.clone()))
        });
        Ok(Self {
            feed: feed.transpose()?,
            #[cfg(feature = "otlp")]
            otlp: options
                .otlp
                .map(|options| Otlp::new(options, store.clone(), clock.clone()))
                .transpose()?,
        })
    }

    /// Sends until `stop`; what was under way then is sent again at the next start.
    pub async fn run(self, stop: CancellationToken) {
        let feed = async {
            if let Some(feed) = self.feed {
                feed.run(stop.clone()).await;
            }
        };
        #[cfg(feature = "otlp")]
        let otlp = async {
            if let Some(otlp) = self.otlp {
                otlp.run(stop.clone()).await;
            }
        };
        #[cfg(not(feature = "otlp"))]
        let otlp = std::future::ready(());
        tokio::join!(feed, otlp);
    }
}
