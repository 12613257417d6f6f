//! The way to the server: closed doors, certificates that are not good, heads and bodies that lie, servers that send elsewhere.

use std::io::{Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};

use crate::api_server::{Answer, Asked, Stub, pod_list};
use crate::certificates::Authority;
use crate::program::{Outcome, each, run};

/// A healthy cluster with one pod.
fn healthy(asked: &Asked) -> Answer {
    match asked.path.as_str() {
        "/api/v1/namespaces/shop/pods" => pod_list(&["web"], None),
        path if path.contains("/mutatingwebhookconfigurations/") => Answer::absent(path),
        _ => Answer::Json(200, json!({"kind": "List", "metadata": {}, "items": []})),
    }
}

fn ask(what: &str, stub: &Stub, cluster: &Value, more: &[&str]) -> Outcome {
    let arguments = [
        "explain",
        "-n",
        "shop",
        "-o",
        "json",
        "--profiles",
        "profiles.json",
    ];
    let command = stub.command(
        cluster,
        &json!({"token": "token-0"}),
        &[&arguments, more].concat(),
    );
    run(what, command)
}

/// A server's certificate and key, made so.
type Identity = (CertificateDer<'static>, PrivateKeyDer<'static>);

fn self_signed(names: &[&str], change: fn(&mut CertificateParams)) -> (Identity, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("good names");
    change(&mut params);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    let identity = (
        certificate.der().clone(),
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
    );
    (identity, certificate.pem())
}

fn tls(identity: Identity) -> Arc<rustls::ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS")
        .with_no_client_auth()
        .with_single_cert(vec![identity.0], identity.1)
        .expect("the key is that of the certificate");
    Arc::new(config)
}

fn start_tls(identity: Identity) -> Stub {
    let config = tls(identity);
    Stub::start_behind(
        move |stream: TcpStream| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).ok()?;
            Some(rustls::StreamOwned::new(connection, stream))
        },
        healthy,
    )
}

fn cluster_with(stub: &Stub, authority: Option<&str>) -> Value {
    let mut cluster = json!({"server": format!("https://127.0.0.1:{}", stub.port())});
    if let Some(pem) = authority {
        let encoded = base64::engine::general_purpose::STANDARD.encode(pem);
        cluster["certificate-authority-data"] = encoded.into();
    }
    cluster
}

#[test]
fn certificates_that_are_not_good_are_told_apart() {
    let (good, good_pem) = self_signed(&["127.0.0.1"], |_| {});
    let stub = start_tls(good);
    let outcome = ask(
        "a good certificate",
        &stub,
        &cluster_with(&stub, Some(&good_pem)),
        &[],
    );
    outcome.expect("a good certificate", 0, &[]);

    let other = Authority::new().expect("an authority").certificate;
    let expired: fn(&mut CertificateParams) = |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    };
    let early: fn(&mut CertificateParams) = |params| params.not_before = date_time_ymd(2999, 1, 1);
    type Case<'a> = (
        &'a str,
        &'a str,
        fn(&mut CertificateParams),
        Option<String>,
        &'a str,
    );
    let cases: [Case<'_>; 5] = [
        (
            "another authority",
            "127.0.0.1",
            |_| {},
            Some(other),
            "was not issued by",
        ),
        (
            "no authority in the kubeconfig",
            "127.0.0.1",
            |_| {},
            None,
            "was not issued by",
        ),
        (
            "another name",
            "10.9.8.7",
            |_| {},
            Some(String::new()),
            "not valid for name",
        ),
        (
            "expired",
            "127.0.0.1",
            expired,
            Some(String::new()),
            "expired",
        ),
        (
            "not yet valid",
            "127.0.0.1",
            early,
            Some(String::new()),
            "not valid yet",
        ),
    ];
    each(&cases, |(what, name, change, authority, words)| {
        let (identity, own) = self_signed(&[name], *change);
        let stub = start_tls(identity);
        let authority = authority
            .as_ref()
            .map(|pem| if pem.is_empty() { &own } else { pem });
        let cluster = cluster_with(&stub, authority.map(String::as_str));
        let outcome = ask(what, &stub, &cluster, &[]);
        outcome.expect(
            what,
            3,
            &[
                "error: could not reach the cluster",
                words,
                "update-kubeconfig",
            ],
        );
        assert_eq!(
            stub.all_asked(),
            [""; 0],
            "{what}: nothing is said to a stranger"
        );
    });
}

#[test]
fn closed_doors_and_other_languages_are_told() {
    let free_port = || {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        listener.local_addr().expect("it has an address").port()
    };
    let (identity, pem) = self_signed(&["127.0.0.1"], |_| {});
    let encrypted = start_tls(identity);
    let closed = free_port();
    // Accepts, and closes at once, or never says a word.
    let hangs_up = Stub::start_behind(|_| None::<TcpStream>, healthy);
    let silent = Stub::start_behind(
        |stream: TcpStream| {
            thread::sleep(Duration::from_secs(60));
            Some(stream)
        },
        healthy,
    );
    let speaks_plainly = Stub::start_behind(
        |mut stream: TcpStream| {
            let _ = stream.read(&mut [0; 1000]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
            None::<TcpStream>
        },
        healthy,
    );
    let go =
        Stub::start(|_| Answer::Text(400, "Client sent an HTTP request to an HTTPS server.\n"));
    let proxied = |port: u16| json!({"server": "http://cluster.invalid", "proxy-url": format!("http://127.0.0.1:{port}")});
    let forbids =
        Stub::start(|_| Answer::Bytes(407, "Proxy-Authenticate: Basic\r\n".to_owned(), Vec::new()));
    let cases: Vec<(&str, Value, &[&str])> = vec![
        (
            "refused",
            json!({"server": format!("http://127.0.0.1:{closed}")}),
            &[
                "could not reach the cluster",
                "refused",
                "check the address",
            ],
        ),
        (
            "refused over TLS",
            json!({"server": format!("https://127.0.0.1:{closed}")}),
            &["could not reach the cluster", "refused"],
        ),
        (
            "plain HTTP where TLS is wanted",
            cluster_with(&speaks_plainly, Some(&pem)),
            &["could not reach the cluster", "does not speak TLS"],
        ),
        (
            "TLS where plain HTTP is wanted",
            json!({"server": format!("http://127.0.0.1:{}", encrypted.port())}),
            &["error: ", "https"],
        ),
        (
            "TLS, as a server in Go says it",
            json!({"server": go.url()}),
            &["HTTP request to an HTTPS server", "check the address"],
        ),
        (
            "it hangs up",
            json!({"server": hangs_up.url()}),
            &["could not reach the cluster"],
        ),
        (
            "it hangs up on TLS",
            cluster_with(&hangs_up, Some(&pem)),
            &["could not reach the cluster"],
        ),
        (
            "silence before TLS",
            cluster_with(&silent, Some(&pem)),
            &["did not answer in time", "--request-timeout"],
        ),
        (
            "silence",
            json!({"server": silent.url()}),
            &["did not answer in time"],
        ),
        (
            "the proxy is not there",
            proxied(closed),
            &["could not reach the cluster", "proxy"],
        ),
        (
            "the proxy wants a password",
            proxied(forbids.port()),
            &["error: "],
        ),
        (
            "the proxy hangs up",
            proxied(hangs_up.port()),
            &["could not reach the cluster"],
        ),
        (
            "the proxy says nothing",
            proxied(silent.port()),
            &["did not answer in time"],
        ),
    ];
    each(&cases, |(what, cluster, words)| {
        let stub = Stub::start(healthy);
        let outcome = ask(what, &stub, cluster, &["--request-timeout", "2s"]);
        outcome.expect(what, 3, words);
        assert_eq!(outcome.stdout, "", "{what}");
    });
}

/// What the server writes in answer to the question about pods.
struct Lie {
    name: &'static str,
    writes: fn(&mut dyn Write) -> std::io::Result<()>,
}

const PODS: &str = r#"{"kind":"PodList","metadata":{},"items":[{"metadata":{"name":"web","namespace":"shop"},"spec":{},"status":{"phase":"Pending"}}]}"#;

const LIES: &[Lie] = &[
    Lie {
        name: "a chunk that ends early",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{PODS}",
                PODS.len() + 7
            )
        },
    },
    Lie {
        name: "no last chunk",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{PODS}\r\n",
                PODS.len()
            )
        },
    },
    Lie {
        name: "a chunk of an impossible length",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n{PODS}"
            )
        },
    },
    Lie {
        name: "a chunk of no length",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{PODS}\r\n0\r\n\r\n"
            )
        },
    },
    Lie {
        name: "a length that is too long",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PODS}",
                PODS.len() + 1
            )
        },
    },
    Lie {
        name: "a length that is too short",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PODS}",
                PODS.len() - 1
            )
        },
    },
    Lie {
        name: "a negative length",
        writes: |out| write!(out, "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n{PODS}"),
    },
    Lie {
        name: "two lengths",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n{PODS}"
            )
        },
    },
    Lie {
        name: "an enormous length",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n{PODS}"
            )
        },
    },
    Lie {
        name: "no version",
        writes: |out| write!(out, "200 OK\r\n\r\n{PODS}"),
    },
    Lie {
        name: "another protocol",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n{PODS}"
            )
        },
    },
    Lie {
        name: "a status of 999",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 999 Whatever\r\nContent-Length: 2\r\n\r\n{{}}"
            )
        },
    },
    Lie {
        name: "a header of a megabyte",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nX-Long: {}\r\nContent-Length: {}\r\n\r\n{PODS}",
                "a".repeat(1 << 20),
                PODS.len()
            )
        },
    },
    Lie {
        name: "a hundred thousand headers",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\n{}\r\n{PODS}",
                "X-Many: a\r\n".repeat(100_000)
            )
        },
    },
    Lie {
        name: "control characters in the head",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 500 \u{1b}[2J\u{7}\r\nX: \u{1b}]0;a\u{7}\r\n\r\n"
            )
        },
    },
    Lie {
        name: "gzip that is none",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n{PODS}",
                PODS.len() + 1
            )
        },
    },
    Lie {
        name: "an encoding that nobody asked for",
        writes: |out| {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\n\x0b\x02\x01\x03"
            )
        },
    },
];

#[test]
fn heads_and_bodies_that_lie_end_in_one_error() {
    each(LIES, |lie| {
        let (what, writes) = (lie.name, lie.writes);
        let stub = Stub::start(move |asked| match asked.path.as_str() {
            "/api/v1/namespaces/shop/pods" => Answer::Script(Box::new(move |out| {
                let _ = writes(out);
            })),
            _ => healthy(asked),
        });
        let outcome = ask(
            what,
            &stub,
            &json!({"server": stub.url()}),
            &["--request-timeout", "5s"],
        );
        if outcome.stdout.is_empty() {
            outcome.expect(what, 3, &["error: ", "cause: "]);
        } else {
            // What came of the list may be told, as far as it came.
            let report = outcome.expect(what, 3, &[]).report(what);
            assert_eq!(report["sources"][0]["status"], "Partial", "{what}");
        }
    });
}

#[test]
fn credentials_go_nowhere_else() {
    for code in [301, 302, 303, 307, 308] {
        let what = format!("a redirect with {code}");
        let other = Arc::new(Stub::start(healthy));
        let address = other.url();
        let to = address.clone();
        let stub = Stub::start(move |asked| {
            Answer::Bytes(
                code,
                format!("Location: {to}{}\r\n", asked.path),
                Vec::new(),
            )
        });
        let outcome = ask(&what, &stub, &json!({"server": stub.url()}), &[]);
        outcome.expect(
            &what,
            3,
            &[
                "error: could not read the pods",
                &code.to_string(),
                "check the address",
            ],
        );
        assert_eq!(other.all_asked(), [""; 0], "{what}");
    }
}

/// Writes the right answer a few bytes at a time.
fn slowly(pause: Duration) -> Answer {
    Answer::Script(Box::new(move |out| {
        let _ = write!(
            out,
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
            PODS.len()
        );
        for bytes in PODS.as_bytes().chunks(8) {
            if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
                return;
            }
            thread::sleep(pause);
        }
    }))
}

#[test]
fn slow_bytes_are_waited_for_as_long_as_was_asked_for() {
    let of_pods = |pause: Duration| {
        Stub::start(move |asked| match asked.path.as_str() {
            "/api/v1/namespaces/shop/pods" => slowly(pause),
            _ => healthy(asked),
        })
    };
    let pause = Duration::from_millis(150);
    let stub = of_pods(pause);
    let outcome = ask("patience", &stub, &json!({"server": stub.url()}), &[]);
    assert_eq!(
        outcome.expect("patience", 0, &[]).report("patience")["pods"][0]["name"],
        "web"
    );
    let stub = of_pods(pause);
    let cluster = json!({"server": stub.url()});
    let outcome = ask("a limit", &stub, &cluster, &["--request-timeout", "1s"]);
    outcome.expect(
        "a limit",
        3,
        &[
            "the cluster did not answer in time",
            "within 1s",
            "--request-timeout",
        ],
    );
    let stub = of_pods(Duration::from_millis(10));
    let cluster = json!({"server": stub.url()});
    let outcome = ask("no limit", &stub, &cluster, &["--request-timeout", "0"]);
    outcome.expect("no limit", 0, &[]);
}

/// Resets: the connection is thrown away, not closed.
#[test]
fn resets_are_tried_again_and_told() {
    for (what, after) in [
        ("a reset at once", 0),
        ("a reset in the head", 20),
        ("a reset in mid-body", 120),
    ] {
        let stub = Stub::start_behind(
            |stream: TcpStream| {
                let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                Some(stream)
            },
            move |asked| match asked.path.as_str() {
                "/api/v1/namespaces/shop/pods" if asked.count <= 2 => {
                    Answer::Script(Box::new(move |out| {
                        let whole = format!(
                            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PODS}",
                            PODS.len()
                        );
                        let _ = out.write_all(&whole.as_bytes()[..after]);
                        thread::sleep(Duration::from_millis(50));
                    }))
                }
                _ => healthy(asked),
            },
        );
        let outcome = ask(what, &stub, &json!({"server": stub.url()}), &[]);
        let report = outcome.expect(what, 0, &[]).report(what);
        assert_eq!(report["pods"][0]["name"], "web", "{what}");
        assert_eq!(stub.asked("/api/v1/namespaces/shop/pods"), 3, "{what}");
    }
}

/// What a server may say about when to come back. The third value: whether it comes back soon.
const RETRY_AFTER: &[(&str, &str, bool)] = &[
    ("nothing", "", true),
    ("no time", "Retry-After: 0\r\n", true),
    (
        "a date in the past",
        "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n",
        true,
    ),
    ("rubbish", "Retry-After: soon\r\n", true),
    ("a negative number", "Retry-After: -5\r\n", true),
    ("a fraction", "Retry-After: 0.5\r\n", true),
    (
        "two of them",
        "Retry-After: 0\r\nRetry-After: 99999\r\n",
        true,
    ),
    (
        "a number that is none",
        "Retry-After: 99999999999999999999999999\r\n",
        false,
    ),
    ("a year", "Retry-After: 31536000\r\n", false),
    (
        "a date in a thousand years",
        "Retry-After: Tue, 21 Nov 3026 07:28:00 GMT\r\n",
        false,
    ),
];

#[test]
fn a_busy_server_says_when_to_come_back() {
    let cases: Vec<_> = RETRY_AFTER
        .iter()
        .flat_map(|case| [429, 503].map(|code| (code, case)))
        .collect();
    each(&cases, |(code, (name, header, is_soon))| {
        let what = format!("{code} with {name}");
        let code = *code;
        let stub = Stub::start(move |asked| match asked.path.as_str() {
            "/api/v1/namespaces/shop/pods" if asked.count == 1 => {
                Answer::Bytes(code, (*header).to_owned(), Vec::new())
            }
            _ => healthy(asked),
        });
        // Nobody waits for longer than was asked for.
        let limit: &[&str] = if *is_soon {
            &[]
        } else {
            &["--request-timeout", "2s"]
        };
        let outcome = ask(&what, &stub, &json!({"server": stub.url()}), limit);
        outcome.expect(&what, if *is_soon { 0 } else { 3 }, &[]);
        if !is_soon {
            outcome.expect(&what, 3, &["could not read the pods", "try again"]);
        }
        assert!(
            outcome.took < Duration::from_secs(25),
            "{what}: {outcome:?}"
        );
    });
}
