//! One run of the binary on a terminal: a pseudoterminal of a given width, away from this machine's clusters and credentials.

use std::{
    fs::{File, OpenOptions},
    io::Read as _,
    os::fd::AsFd as _,
    path::Path,
    process::{Command, Stdio},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

/// Returns what the binary writes to a terminal of so many columns, colours and all; what it reads is no terminal, so it asks nothing.
pub fn shown(columns: u16, folder: &Path, arguments: &[&str]) -> String {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are pseudoterminals");
    grantpt(&ours).expect("it is ours");
    unlockpt(&ours).expect("it is ours");
    let name = ptsname(&ours, Vec::new()).expect("it has a name");
    let theirs = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.to_str().expect("devices have plain names"))
        .expect("it is unlocked");
    let size = Winsize {
        ws_row: 50,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(ours.as_fd(), size).expect("a terminal has a size");
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-fargate"))
        .args(arguments)
        .env_clear()
        .env("HOME", folder)
        .env("TERM", "xterm-256color")
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(theirs)
        .stderr(Stdio::null())
        .spawn()
        .expect("cargo built the binary for this test");
    let reading = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // On Linux reading fails, on others it ends, when nobody has the other side any more.
        let _ = File::from(ours).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let status = child.wait().expect("the child is ours to wait for");
    let text = reading.join().expect("a reader does not panic");
    assert!(status.success(), "{arguments:?}: {status}\n{text}");
    text.replace("\r\n", "\n")
}
