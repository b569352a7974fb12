//! How far a command is, for who waits at a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// What takes less than this is not shown.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two pictures of a line that moves.
const BEAT: Duration = Duration::from_millis(120);

/// A line on standard error that says what is done and how far it is. It is shown after a second,
/// on a terminal only, and goes with the value.
pub(super) struct Progress {
    bar: ProgressBar,
    /// Wakes up to show the line, or earlier when the work is done.
    waiting: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins with none of `total` things done; without a total only the time passes.
    pub(super) fn start(label: &'static str, total: Option<usize>) -> Self {
        match std::io::stderr().is_terminal() {
            true => Self::on(ProgressDrawTarget::stderr, label, total),
            false => Self { bar: ProgressBar::hidden(), waiting: None },
        }
    }

    /// One thing more is done. It can be said from any thread.
    pub(super) fn tick(&self) {
        self.bar.inc(1);
    }

    fn on(
        target: impl FnOnce() -> ProgressDrawTarget + Send + 'static,
        label: &'static str,
        total: Option<usize>,
    ) -> Self {
        let total = total.and_then(|total| u64::try_from(total).ok());
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
        let template = match total {
            Some(_) => "{msg} {pos} of {len} ({elapsed})",
            None => "{msg} ({elapsed})",
        };
        // A template of this file that were wrong would leave the style as it is.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(label);
        let (done, work) = channel();
        let shown = bar.clone();
        let waiting = std::thread::spawn(move || {
            // An error is a time-out here, or the sender that has gone: then the work is done.
            if work.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                shown.set_draw_target(target());
                shown.enable_steady_tick(BEAT);
            }
        });
        Self { bar, waiting: Some((done, waiting)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((done, waiting)) = self.waiting.take() {
            drop(done);
            // A line that could not be shown is no reason to fail.
            let _ = waiting.join();
        }
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{PATIENCE, Progress};
    use indicatif::{ProgressDrawTarget, TermLike};
    use std::io::Result;
    use std::sync::{Arc, Mutex};

    /// A terminal that keeps what was written to it.
    #[derive(Clone, Debug, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl Screen {
        fn write(&self, text: &str) -> Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }

        fn text(&self) -> String {
            self.0.lock().unwrap().clone()
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> Result<()> {
            self.write(text)
        }
        fn write_str(&self, text: &str) -> Result<()> {
            self.write(text)
        }
        fn clear_line(&self) -> Result<()> {
            self.write("<cleared>")
        }
        fn flush(&self) -> Result<()> {
            Ok(())
        }
    }

    fn started(screen: &Screen) -> Progress {
        let screen = screen.clone();
        let target = move || ProgressDrawTarget::term_like(Box::new(screen));
        Progress::on(target, "validating", Some(5))
    }

    #[test]
    fn what_is_done_soon_is_not_shown() {
        let screen = Screen::default();
        let progress = started(&screen);
        progress.tick();
        drop(progress);
        assert_eq!(screen.text(), "");
    }

    #[test]
    fn after_a_second_it_is_shown_until_it_is_done() {
        let screen = Screen::default();
        let progress = started(&screen);
        progress.tick();
        progress.tick();
        std::thread::sleep(PATIENCE * 2);
        assert!(screen.text().contains("validating 2 of 5"), "{}", screen.text());
        drop(progress);
        assert!(screen.text().ends_with("<cleared>"), "{}", screen.text());
    }
}
