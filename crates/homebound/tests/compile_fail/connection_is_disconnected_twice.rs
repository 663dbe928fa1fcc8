//! A connection ends once.

use homebound::Connection;

fn end(connection: Connection) {
    connection.disconnect();
    connection.disconnect();
}

fn main() {
    let _ = end;
}
