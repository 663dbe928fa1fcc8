//! Programs that run on Homebound.

#[expect(dead_code, reason = "its parts come before the whole")]
mod digest;

fn main() {}
