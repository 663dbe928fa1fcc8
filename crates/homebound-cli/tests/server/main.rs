//! The server as editors know it.

mod client;
mod editing;
mod lifetime;
mod transcript;
