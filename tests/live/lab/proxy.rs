//! A forward proxy that knows CONNECT and nothing else.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// A running proxy. It ends with the tests.
pub struct Proxy {
    port: u16,
    connected: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Starts a proxy that connects to whatever it is asked for, except that `redirect` may name another address for it.
    pub fn start(redirect: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let port = listener
            .local_addr()
            .expect("a bound socket has an address")
            .port();
        let connected = Arc::new(Mutex::new(Vec::new()));
        let (log, redirect) = (Arc::clone(&connected), Arc::new(redirect));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, redirect) = (Arc::clone(&log), Arc::clone(&redirect));
                std::thread::spawn(move || relay(stream, redirect.as_ref(), &log));
            }
        });
        Self { port, connected }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What connections were asked for, `HOST:PORT` each.
    pub fn connected(&self) -> Vec<String> {
        self.connected
            .lock()
            .expect("nothing panics while it holds the list")
            .clone()
    }
}

fn relay(
    stream: TcpStream,
    redirect: &dyn Fn(&str) -> String,
    log: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut header = String::new();
    while reader.read_line(&mut header).ok()? > 0 && !header.trim().is_empty() {
        header.clear();
    }
    let target = first
        .strip_prefix("CONNECT ")?
        .split_whitespace()
        .next()?
        .to_owned();
    log.lock()
        .expect("nothing panics while it holds the list")
        .push(target.clone());
    let Ok(mut server) = TcpStream::connect(redirect(&target)) else {
        writer
            .write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            .ok()?;
        return None;
    };
    writer
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .ok()?;
    let mut answers = server.try_clone().ok()?;
    let back = std::thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut writer);
        let _ = writer.shutdown(Shutdown::Both);
    });
    let _ = std::io::copy(&mut reader, &mut server);
    let _ = server.shutdown(Shutdown::Both);
    back.join().ok()
}
