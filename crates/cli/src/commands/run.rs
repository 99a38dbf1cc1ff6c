//! `labtower run`.

use super::{system_clock, usable_config};
use crate::lifecycle::shutdown_on_signals;
use crate::{Exit, Failure, Globals, Service, wiring};

pub(crate) async fn run(globals: &Globals) -> Result<Exit, Failure> {
    let config = usable_config(globals)?;
    let shutdown = shutdown_on_signals()?;
    let service = Service::start(wiring::service_options(&config)?, system_clock()).await?;
    service.run_until(shutdown).await?;
    Ok(Exit::Ok)
}
