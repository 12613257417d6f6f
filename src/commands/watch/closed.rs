//! Whether somebody still reads what we write, which nobody tells us while there is nothing to write.

use std::sync::Arc;

use tokio::sync::Notify;

/// Returns a bell that rings once nobody reads standard output any more; where that cannot be noticed, it never does.
pub fn bell() -> Arc<Notify> {
    let bell = Arc::new(Notify::new());
    #[cfg(unix)]
    {
        let bell = Arc::clone(&bell);
        // It waits in the kernel and ends with the program.
        std::thread::spawn(move || {
            if wait() {
                bell.notify_one();
            }
        });
    }
    bell
}

/// Waits until the other end of standard output is closed. `false` where that cannot be waited for.
#[cfg(unix)]
fn wait() -> bool {
    use rustix::event::{PollFd, PollFlags, poll};
    let stdout = std::io::stdout();
    // Errors and hang-ups are told whether they are asked for or not.
    let mut asked = [PollFd::new(&stdout, PollFlags::empty())];
    loop {
        match poll(&mut asked, None) {
            Ok(_) => {
                let told = asked[0].revents();
                return told.intersects(PollFlags::ERR | PollFlags::HUP);
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}
