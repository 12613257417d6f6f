//! The login plugin of a kubeconfig user (`exec`), run by ourselves: kube-client runs it on the thread that builds the client,
//! without any limit.

use std::io::IsTerminal;
use std::process::{ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use kube::config::{ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;

use crate::decision::facts::characters::is_unsafe;
use crate::error::{Error, ErrorKind, Result};
use crate::sources::yaml;

/// How much of what a plugin says is handed on at once, where it breaks no lines; in bytes.
const LONGEST_WORDS: u64 = 64 * 1024;

/// How long a plugin may take where nobody can answer its questions.
const UNATTENDED_LIMIT: Duration = Duration::from_secs(30);

/// More than this is no credential: tokens and certificates have a few KiB.
const LONGEST_ANSWER: u64 = 1 << 20;

/// How long the last words of a plugin that has ended are waited for.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long we wait for plugins to be gone when the program is interrupted.
const LAST_MOMENTS: Duration = Duration::from_secs(1);

/// Whether the program is ending; every plugin that runs holds a receiver for as long as it lives.
static ENDING: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

/// Kills the login plugins that still run: an interrupt that reaches us alone would leave them behind, and a process that
/// exits drops nothing.
pub fn end_login_plugins() {
    ENDING.send_replace(true);
    let began = Instant::now();
    while ENDING.receiver_count() > 0 && began.elapsed() < LAST_MOMENTS {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What to do about a plugin that answers, and wrongly.
const BY_HAND: &str = "run it by hand: it should print a JSON object of kind ExecCredential, with a token or a client certificate";

/// Whether a request can carry the token.
pub fn can_be_sent(token: &str) -> bool {
    http::HeaderValue::from_str(token).is_ok()
}

/// What a plugin prints, and how it ended; `None` where it printed more than any credential has.
async fn output_of(child: &mut Child) -> std::io::Result<(Vec<u8>, Option<ExitStatus>)> {
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout
            .take(LONGEST_ANSWER + 1)
            .read_to_end(&mut output)
            .await?;
    }
    if output.len() as u64 > LONGEST_ANSWER {
        return Ok((Vec::new(), None));
    }
    let status = child.wait().await?;
    Ok((output, Some(status)))
}

/// A login plugin, ready to run.
#[derive(Clone)]
pub struct LoginPlugin {
    exec: ExecConfig,
    cluster: Option<ExecAuthCluster>,
    user_name: String,
}

/// What a plugin gives. It has no `Debug`: nothing of it is ever printed.
pub struct Credential {
    /// A bearer token.
    pub token: Option<String>,
    /// A client certificate and its key, both PEM.
    pub certificate: Option<(String, String)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecInfo<'a> {
    api_version: &'a str,
    kind: &'static str,
    spec: ExecInfoSpec<'a>,
}

#[derive(Serialize)]
struct ExecInfoSpec<'a> {
    interactive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a ExecAuthCluster>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    api_version: Option<String>,
    kind: Option<String>,
    status: Option<AnswerStatus>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnswerStatus {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

impl LoginPlugin {
    /// The plugin of a user entry. `cluster` is told to it where it asks for it (`provideClusterInfo`).
    pub fn new(exec: ExecConfig, cluster: Option<ExecAuthCluster>, user_name: &str) -> Self {
        Self {
            exec,
            cluster,
            user_name: user_name.to_owned(),
        }
    }

    /// The plugin's command, as the kubeconfig names it.
    pub fn command(&self) -> &str {
        self.exec.command.as_deref().unwrap_or("")
    }

    /// Runs the plugin and reads its credential. Its standard error goes to ours, as with kubectl.
    ///
    /// # Errors
    /// [`ErrorKind::Cluster`] where it cannot be started, fails, takes longer than 30 s with nobody at a terminal, or gives no credential.
    pub async fn run(&self) -> Result<Credential> {
        let attended = std::io::stdin().is_terminal();
        let interactive = match self.exec.interactive_mode {
            Some(ExecInteractiveMode::Never) => false,
            Some(ExecInteractiveMode::Always) if !attended => {
                return Err(self
                    .failed("needs a terminal, and standard input is none")
                    .next("run it from a terminal"));
            }
            _ => attended,
        };
        let output = self.answer(interactive);
        let output = if attended {
            output.await?
        } else {
            tokio::time::timeout(UNATTENDED_LIMIT, output)
                .await
                .map_err(|_| {
                    self.failed(&format!(
                        "did not answer within {}s",
                        UNATTENDED_LIMIT.as_secs()
                    ))
                    .next(
                        "run it by hand to see what it waits for; on a terminal there is no limit",
                    )
                })??
        };
        self.read(&output)
    }

    async fn answer(&self, interactive: bool) -> Result<Vec<u8>> {
        let mut command = self.prepared(interactive)?;
        let forward = !std::io::stderr().is_terminal();
        command.stderr(if forward {
            Stdio::piped()
        } else {
            Stdio::inherit()
        });
        let mut ending = ENDING.subscribe();
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        // What the plugin leaves running must not hold on to our own standard error.
        let said = child
            .stderr
            .take()
            .map(|stderr| tokio::spawn(forward_words(stderr)));
        let output = tokio::select! {
            output = output_of(&mut child) => Some(output),
            _ = ending.wait_for(|is_ending| *is_ending) => None,
        };
        let Some(output) = output else {
            // Dropped, it is killed, and the one who waits for that is told; the exit that follows ends us too.
            drop(child);
            drop(ending);
            return std::future::pending().await;
        };
        drop(ending);
        let (output, status) = output.map_err(|error| self.not_started(&error))?;
        let Some(status) = status else {
            return Err(self
                .failed(&format!("printed more than {} MiB", LONGEST_ANSWER >> 20))
                .next(BY_HAND));
        };
        if let Some(said) = said {
            let _ = tokio::time::timeout(LAST_WORDS, said).await;
        }
        if !status.success() {
            return Err(self
                .failed("failed")
                .cause(status.to_string())
                .next("run kubectl with the same context: it logs in the same way, and the plugin says more there"));
        }
        Ok(output)
    }

    fn prepared(&self, interactive: bool) -> Result<Command> {
        let name = self.command();
        if name.is_empty() {
            return Err(self.failed("has no command").next(
                "write the kubeconfig entry anew, for example with aws eks update-kubeconfig",
            ));
        }
        let mut command = Command::new(name);
        command.args(self.exec.args.iter().flatten());
        for variable in self.exec.env.iter().flatten() {
            if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
                command.env(name, value);
            }
        }
        let info = ExecInfo {
            api_version: self.api_version(),
            kind: "ExecCredential",
            spec: ExecInfoSpec {
                interactive,
                cluster: self.cluster.as_ref(),
            },
        };
        let info = serde_json::to_string(&info)
            .map_err(|_| self.failed("could not be told about the cluster"))?;
        command.env("KUBERNETES_EXEC_INFO", info);
        command.stdin(if interactive {
            Stdio::inherit()
        } else {
            Stdio::null()
        });
        command.stdout(Stdio::piped());
        command.kill_on_drop(true);
        Ok(command)
    }

    /// The version that is spoken with the plugin.
    fn api_version(&self) -> &str {
        self.exec
            .api_version
            .as_deref()
            .unwrap_or("client.authentication.k8s.io/v1")
    }

    /// kubectl takes YAML too, and so do we. What was printed is never repeated: it may hold a token.
    fn read(&self, output: &[u8]) -> Result<Credential> {
        let failed = |how: &str| self.failed(how).next(BY_HAND);
        let rubbish = || failed("answered with something that is no ExecCredential");
        let text = std::str::from_utf8(output).map_err(|_| rubbish())?;
        let answer: Option<Answer> = match serde_json::from_str(text) {
            Ok(answer) => answer,
            // JSON of other types than were promised.
            Err(error) if error.is_data() => return Err(rubbish()),
            Err(_) => yaml::read_one(text).map_err(|_| rubbish())?,
        };
        let answer = answer.ok_or_else(rubbish)?;
        if answer.kind.is_some_and(|kind| kind != "ExecCredential") {
            return Err(rubbish());
        }
        let spoken = self.api_version();
        if let Some(version) = answer
            .api_version
            .filter(|version| version != spoken && !version.is_empty())
        {
            return Err(self
                .failed(&format!("answered in {version}, and was asked in {spoken}"))
                .next("update the plugin, or write the kubeconfig entry anew: both must name the same version"));
        }
        let status = answer
            .status
            .ok_or_else(|| failed("gave an ExecCredential without a status"))?;
        let text = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
        let credential = Credential {
            token: text(status.token).map(|token| token.trim().to_owned()),
            certificate: text(status.client_certificate_data).zip(text(status.client_key_data)),
        };
        match &credential.token {
            None if credential.certificate.is_none() => {
                Err(failed("gave neither a token nor a client certificate"))
            }
            Some(token) if !can_be_sent(token) => Err(failed(
                "gave a token that cannot be used: it has characters that no request can carry",
            )),
            _ => Ok(credential),
        }
    }

    /// The error about a certificate of the plugin that is none.
    pub fn bad_certificate(&self, why: String) -> Error {
        self.failed("gave a client certificate that cannot be used")
            .cause(why)
            .next(BY_HAND)
    }

    fn not_started(&self, error: &std::io::Error) -> Error {
        let failed = self.failed("could not be started").cause(error.to_string());
        match &self.exec.install_hint {
            Some(hint) => hint
                .lines()
                .filter(|line| !line.trim().is_empty())
                .fold(failed, |error, line| error.next(line.trim())),
            None => failed.next(format!("install {}, or put it on the PATH", self.command())),
        }
    }

    fn failed(&self, how: &str) -> Error {
        Error::new(
            ErrorKind::Cluster,
            format!(
                "could not log in to the cluster: the login plugin {} {how}",
                self.command()
            ),
        )
        .object(format!("kubeconfig user {}", self.user_name))
    }
}

/// Hands what a plugin says on to our own standard error, line by line, without what a terminal would obey: logs are read on
/// terminals, and plugins quote servers. On a terminal it has our standard error for itself, as with kubectl: it may ask for a password.
async fn forward_words(stderr: ChildStderr) -> std::io::Result<()> {
    let mut stderr = BufReader::new(stderr);
    let mut ours = tokio::io::stderr();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut stderr)
            .take(LONGEST_WORDS)
            .read_until(b'\n', &mut line)
            .await?;
        if read == 0 {
            return ours.flush().await;
        }
        ours.write_all(harmless(&line).as_bytes()).await?;
    }
}

/// The words with what a terminal would obey escaped, line breaks and tabs aside.
fn harmless(words: &[u8]) -> String {
    let mut shown = String::with_capacity(words.len());
    let words = String::from_utf8_lossy(words).replace("\r\n", "\n");
    for character in words.chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            '\r' => shown.push('\n'),
            unsafe_one if is_unsafe(unsafe_one) => shown.extend(unsafe_one.escape_unicode()),
            plain => shown.push(plain),
        }
    }
    shown
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn plugin(script: &str) -> LoginPlugin {
        let exec = ExecConfig {
            command: Some("sh".to_owned()),
            args: Some(vec!["-c".to_owned(), script.to_owned()]),
            env: Some(vec![
                [("name", "TOKEN"), ("value", "from-env")]
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .into(),
            ]),
            interactive_mode: Some(ExecInteractiveMode::Never),
            ..ExecConfig::default()
        };
        LoginPlugin::new(exec, None, "me")
    }

    async fn message(plugin: &LoginPlugin) -> String {
        let error = plugin.run().await.err().expect("the plugin must fail");
        assert_eq!(error.kind, ErrorKind::Cluster);
        let all = format!("{error:?}");
        assert!(
            !all.contains("s3cret"),
            "nothing the plugin prints is repeated: {all}"
        );
        error.message
    }

    #[tokio::test]
    async fn tokens_and_certificates_are_read() {
        let token =
            plugin(r#"printf '{"kind":"ExecCredential","status":{"token":"%s\n"}}' "$TOKEN""#);
        let read = token.run().await.expect("JSON");
        assert_eq!(read.token.as_deref(), Some("from-env"));
        let yaml = plugin(
            "printf 'kind: ExecCredential\nstatus:\n  clientCertificateData: c\n  clientKeyData: k\n'",
        );
        let read = yaml.run().await.expect("YAML");
        assert_eq!(read.certificate, Some(("c".to_owned(), "k".to_owned())));
        let told = plugin(
            r#"printf '{"status":{"token":"%s"}}' "$(printf %s "$KUBERNETES_EXEC_INFO" | grep -c ExecCredential)""#,
        );
        let read = told
            .run()
            .await
            .expect("the plugin is told what is asked of it");
        assert_eq!(read.token.as_deref(), Some("1"));
    }

    #[tokio::test]
    async fn what_goes_wrong_is_said_with_the_plugins_name() {
        let prefix = "could not log in to the cluster: the login plugin sh ";
        for (script, wanted) in [
            ("echo s3cret; exit 7", "failed"),
            (
                "echo s3cret is no JSON",
                "answered with something that is no ExecCredential",
            ),
            (
                "echo '{\"kind\":\"Pod\",\"status\":{\"token\":\"s3cret\"}}'",
                "answered with something that is no ExecCredential",
            ),
            (
                "echo '{\"kind\":\"ExecCredential\"}'",
                "gave an ExecCredential without a status",
            ),
            (
                "echo '{\"status\":{\"token\":\"\"}}'",
                "gave neither a token nor a client certificate",
            ),
        ] {
            assert_eq!(message(&plugin(script)).await, format!("{prefix}{wanted}"));
        }
    }

    #[tokio::test]
    async fn a_missing_plugin_comes_with_its_install_hint() {
        let mut missing = plugin("");
        missing.exec.command = Some("no-such-login-plugin".to_owned());
        missing.exec.install_hint = Some("Install it from\n  its own page\n".to_owned());
        let error = missing.run().await.err().expect("there is no such command");
        assert_eq!(error.next, ["Install it from", "its own page"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_plugin_that_hangs_is_left_after_thirty_seconds() {
        // The clock jumps ahead while the plugin sleeps.
        if std::io::stdin().is_terminal() {
            return;
        }
        let wanted =
            "could not log in to the cluster: the login plugin sh did not answer within 30s";
        assert_eq!(message(&plugin("exec sleep 60")).await, wanted);
    }

    #[test]
    fn words_of_plugins_steer_no_terminal() {
        assert_eq!(
            harmless(b"error: \x1b[2J\x07 t\xc3\xbcr\r\n"),
            "error: \\u{1b}[2J\\u{7} t\u{fc}r\n"
        );
        assert_eq!(harmless(b"\xe2\x80\xae\x9b"), "\\u{202e}\u{fffd}");
    }
}
