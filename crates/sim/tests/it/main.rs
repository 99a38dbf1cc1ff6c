//! The simulator from outside: over HTTP, and by its handle.

mod client;
mod life;
mod same;
