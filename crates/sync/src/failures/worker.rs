//! One thread for all work on logs.
//!
//! Every thread that uses an expression gets memory of its own for it, and there are hundreds of expressions: on the
//! threads of a pool that would be several times what one needs. Logs come in no faster than one thread explains them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// The thread; it ends with the value.
pub(crate) struct Worker {
    queue: Option<Sender<Work>>,
}

impl Worker {
    /// Starts the thread. Without one, work is done where it is asked for.
    pub(crate) fn start() -> Self {
        let (queue, works) = channel::<Work>();
        let thread = thread::Builder::new().name("explain".to_owned());
        let started = thread.spawn(move || works.into_iter().for_each(|work| work()));
        Self {
            queue: started.is_ok().then_some(queue),
        }
    }

    /// Does some work on the thread, after what was asked for before.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let (answer, answered) = oneshot::channel::<Result<T, Box<dyn Any + Send>>>();
        let work: Work = Box::new(move || {
            // Who asked may have gone away.
            let _ = answer.send(catch_unwind(AssertUnwindSafe(work)));
        });
        match &self.queue {
            Some(queue) => {
                if let Err(refused) = queue.send(work) {
                    (refused.0)();
                }
            }
            None => work(),
        }
        match answered.await {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => unreachable!("the work sends its answer, whatever it is"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_on_one_thread_and_a_panic_is_the_callers() {
        let worker = std::sync::Arc::new(Worker::start());
        let name = || thread::current().name().map(str::to_owned);
        assert_eq!(worker.run(name).await.as_deref(), Some("explain"));
        let asked = worker.clone();
        let failed = tokio::spawn(async move { asked.run(|| panic!("on purpose")).await });
        assert!(failed.await.unwrap_err().is_panic());
        assert_eq!(worker.run(|| 7).await, 7);
    }
}
