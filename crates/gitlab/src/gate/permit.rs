//! Waiting for a permit and giving it back.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, sleep_until},
};

use super::{
    quota::QuotaView,
    state::{State, Throttled, Turn},
};
use crate::{Endpoint, Priority, headers::RateLimit};

/// How often a waiter looks again by itself, should the task that was to wake it have died with its runtime.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The gate before all requests of a client.
pub(crate) struct Gate {
    inner: Mutex<Inner>,
}

struct Inner {
    state: State<oneshot::Sender<Permit>>,
    /// When the gate will look again by itself.
    alarm: Option<Instant>,
}

/// Leave to send one request; dropped, it makes room for the next.
pub(crate) struct Permit {
    gate: Option<Arc<Gate>>,
    number: u64,
    endpoint: Endpoint,
    answered: bool,
}

impl Gate {
    pub(crate) fn new(
        concurrency: usize,
        per_second: Option<f64>,
        throttled_wait: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(Inner {
                state: State::new(concurrency, per_second, throttled_wait),
                alarm: None,
            }),
        })
    }

    /// Waits for leave to send a request.
    pub(crate) async fn permit(self: &Arc<Self>, priority: Priority, endpoint: Endpoint) -> Permit {
        loop {
            let (wake, mut woken) = oneshot::channel();
            self.lock().state.arrive(priority, endpoint, wake);
            self.wake();
            loop {
                tokio::select! {
                    permit = &mut woken => match permit {
                        Ok(permit) => return permit,
                        // The queue lost us, which it never does; queue anew rather than hang.
                        Err(_) => break,
                    },
                    () = sleep(LOOK_AGAIN) => self.wake(),
                }
            }
        }
    }

    /// Lets go whoever may go now, and sees to it that the gate looks again in time.
    fn wake(self: &Arc<Self>) {
        let now = Instant::now();
        let mut inner = self.lock();
        loop {
            match inner.state.turn(now, oneshot::Sender::is_closed) {
                Turn::Go(waiter, (number, endpoint)) => {
                    let permit = Permit {
                        gate: Some(Arc::clone(self)),
                        number,
                        endpoint,
                        answered: false,
                    };
                    if let Err(mut permit) = waiter.send(permit) {
                        // Nobody is there: take it back here, since dropping it would lock the gate again.
                        permit.gate = None;
                        inner.state.unused(number, endpoint);
                    }
                }
                Turn::Wait(at) => {
                    if let Some(at) = at {
                        self.set_alarm(&mut inner, at, now);
                    }
                    return;
                }
            }
        }
    }

    fn set_alarm(self: &Arc<Self>, inner: &mut Inner, at: Instant, now: Instant) {
        let set = inner.alarm.is_some_and(|alarm| alarm <= at && alarm > now);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if set {
            return;
        }
        inner.alarm = Some(at);
        let gate = Arc::downgrade(self);
        runtime.spawn(async move {
            sleep_until(at).await;
            if let Some(gate) = gate.upgrade() {
                gate.wake();
            }
        });
    }

    /// Permits out.
    pub(crate) fn out(&self) -> usize {
        self.lock().state.out()
    }

    /// Requests waiting.
    pub(crate) fn queued(&self, priority: Priority) -> usize {
        self.lock().state.queued(priority)
    }

    /// GitLab's user quota as last seen.
    pub(crate) fn quota(&self) -> QuotaView {
        self.lock().state.quota()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Takes in what the headers of the answer show; the body may still be on its way.
    pub(crate) fn answered(
        &mut self,
        seen: Option<RateLimit>,
        date: Option<Timestamp>,
        throttled: Option<Throttled>,
    ) {
        let Some(gate) = &self.gate else { return };
        self.answered = true;
        gate.lock().state.answered(
            Instant::now(),
            self.number,
            self.endpoint,
            seen,
            date,
            throttled,
        );
        gate.wake();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(gate) = self.gate.take() else { return };
        gate.lock()
            .state
            .returned(self.number, self.endpoint, self.answered);
        gate.wake();
    }
}
