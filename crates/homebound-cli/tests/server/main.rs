//! The server as editors know it.

#![expect(
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a client of one thread that reads, and of messages made on the spot"
)]

mod client;
mod editing;
mod lifetime;
mod notebooks;
mod transcript;
