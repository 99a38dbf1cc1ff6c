//! The thread and its queue.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::session::Session;
use crate::prepare::Prepared;
use crate::rollup::RollupMode;
use crate::{Acted, Action, StoreError, Written};

/// Rows after which a transaction takes no further batch: bounds its memory and how long callers wait.
const GROUP_ROWS: usize = 20_000;

/// Where an answer goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the writer can be asked.
pub(crate) enum Message {
    /// Store a batch.
    Write(Box<Prepared>, Reply<Written>),
    /// Maintain rollups, or stop doing so.
    Mode(RollupMode, Reply<()>),
    /// Count all rollups anew.
    Rebuild(Reply<()>),
    /// Do what a person (named first) wants done.
    Act(String, Box<Action>, Reply<Acted>),
    /// Delete some finished pipelines created before (unix seconds); answers how many.
    Retain(i64, Reply<u64>),
    /// Delete some changes recorded before (unix seconds); answers how many.
    RetainChanges(i64, Reply<u64>),
    /// Stop after what is queued before.
    Close,
}

/// The writer's thread.
pub(crate) struct Writer {
    queue: Sender<Message>,
    thread: JoinHandle<()>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(mut session: Session) -> std::io::Result<Self> {
        let (queue, messages) = channel();
        let thread = thread::Builder::new()
            .name("store-write".to_owned())
            .spawn(move || {
                run(&mut session, &messages);
                session.checkpoint();
            })?;
        Ok(Self { queue, thread })
    }

    /// The writer's queue.
    pub(crate) fn queue(&self) -> &Sender<Message> {
        &self.queue
    }

    /// Waits until everything queued is done and the thread has ended.
    pub(crate) fn stop(self) {
        // An error means that the thread has ended already.
        let _ = self.queue.send(Message::Close);
        if self.thread.join().is_err() {
            tracing::error!("the store's writer has panicked");
        }
    }
}

/// Batches waiting for one commit.
#[derive(Default)]
struct Group {
    batches: Vec<Prepared>,
    replies: Vec<Reply<Written>>,
    rows: usize,
}

impl Group {
    fn push(&mut self, batch: Box<Prepared>, reply: Reply<Written>) {
        self.rows += batch.rows();
        self.batches.push(*batch);
        self.replies.push(reply);
    }

    fn commit(self, session: &mut Session) {
        if self.batches.is_empty() {
            return;
        }
        let answers = session.commit(&self.batches);
        for (reply, answer) in self.replies.into_iter().zip(answers) {
            // A caller that went away does not want the answer.
            let _ = reply.send(answer);
        }
    }
}

fn run(session: &mut Session, messages: &Receiver<Message>) {
    while let Ok(first) = messages.recv() {
        let mut group = Group::default();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Write(batch, reply) => group.push(batch, reply),
                other => {
                    std::mem::take(&mut group).commit(session);
                    if !handle(session, other) {
                        return;
                    }
                }
            }
            next = if group.rows >= GROUP_ROWS {
                None
            } else {
                // Empty or closed: either way the group is complete.
                messages.try_recv().ok()
            };
        }
        group.commit(session);
    }
}

/// Answers anything but a write; returns whether to go on.
fn handle(session: &mut Session, message: Message) -> bool {
    match message {
        Message::Write(batch, reply) => {
            let mut group = Group::default();
            group.push(batch, reply);
            group.commit(session);
        }
        Message::Mode(mode, reply) => {
            let leaves = session.mode() == RollupMode::Deferred && mode == RollupMode::Incremental;
            let answer = if session.mode() == mode {
                Ok(())
            } else {
                session.set_mode(mode, leaves)
            };
            let _ = reply.send(answer);
        }
        Message::Rebuild(reply) => {
            let mode = session.mode();
            let _ = reply.send(session.set_mode(mode, true));
        }
        Message::Act(actor, action, reply) => {
            let _ = reply.send(session.act(&actor, &action));
        }
        Message::Retain(before, reply) => {
            let _ = reply.send(session.retain(before));
        }
        Message::RetainChanges(before, reply) => {
            let _ = reply.send(session.retain_changes(before));
        }
        Message::Close => return false,
    }
    true
}
