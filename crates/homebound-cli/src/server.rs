//! `homebound server`: the checker in an editor, over stdin and stdout.
//!
//! Two threads. The *session* reads messages, owns the documents and answers; the *checker* gets a snapshot of the documents and hands
//! findings back. Who posts, who takes:
//!
//! ```text
//!   client ─► lsp-server's reader ─► session ──job──► checker
//!   client ◄─ lsp-server's writer ◄─ session ◄─outcome─┘
//! ```
//!
//! 1. At most one job is under way. A change that comes meanwhile marks the session as behind and gives the job up: the checker looks
//!    at its flag between steps and before each file, and answers with nothing. The next job starts when the answer is there and the
//!    client has been quiet for a moment. So checks never queue, however many keys are struck.
//! 2. An outcome carries the versions of the documents it was made from. Findings for a version that is no longer the document's are
//!    not published: their places would be wrong. A job for the new version is always due then, by 1.
//! 3. Requests about findings (code actions, hovers, pulled findings) that come while the session is behind wait for the outcome that
//!    is due. Who types without a pause gets one all the same: a job that had to start after a second without a pause is not given up.
//! 4. A notebook is one file to the checker and a document for each cell to the editor; `view` leads from one to the other.
//! 5. The checker remembers texts and trees: what did not change is neither read nor parsed again.

mod actions;
mod checker;
mod client;
mod documents;
mod hover;
mod position;
mod publish;
mod session;
mod view;
mod workspace;

use lsp_server::Connection;

use crate::args::Global;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use session::Session;

pub(crate) fn run(global: &Global) -> Result<Exit> {
    let (connection, threads) = Connection::stdio();
    let exit = serve(connection, global)?;
    // The writer ends when the connection is dropped; without a client there is nobody to tell that it failed.
    let _ = threads.join();
    Ok(exit)
}

fn serve(connection: Connection, global: &Global) -> Result<Exit> {
    let Ok((id, params)) = connection.initialize_start() else {
        return Ok(Exit::Failure);
    };
    let params = serde_json::from_value(params).map_err(|error| broken(&error))?;
    let client = client::Client::new(&params);
    if connection.initialize_finish(id, client::capabilities(client)).is_err() {
        return Ok(Exit::Failure);
    }
    Session::start(connection, client, workspace::Workspace::new(&params, global.clone()))
}

fn broken(error: &serde_json::Error) -> Failure {
    Failure::new(format_args!("the client's `initialize` is not understood: {error}"))
}
