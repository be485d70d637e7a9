//! The log of the service, on standard error. Text from hosts and clients cannot begin new
//! lines or control the terminal.

use std::io::{self, Write};
use tracing_subscriber::EnvFilter;
use wire::printable;

/// Replaces the filter in force.
pub(super) type Refilter = Box<dyn Fn(EnvFilter) + Send>;

/// Writes events from now on.
pub(super) fn begin(filter: EnvFilter) -> Refilter {
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Lines(io::stderr()))
        .with_target(false)
        .with_filter_reloading();
    let handle = log.reload_handle();
    log.init();
    // It fails only when the log has ended.
    Box::new(move |filter| drop(handle.reload(filter)))
}

/// Escapes control characters; each write is one event.
struct Lines<W>(W);

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = printable::on_one_line(text.trim_end_matches('\n'));
        self.0.write_all(format!("{line}\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_on_its_line() {
        let mut log = Lines(Vec::new());
        log.write_all("a host\nERROR forged\u{1b}[2J\u{202e}\n".as_bytes())
            .unwrap();
        assert_eq!(log.0, b"a host ERROR forged?[2J?\n");
    }
}
