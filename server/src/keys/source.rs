//! Where the root key comes from: a file in the data folder, a systemd credential, or a command of the operator's that asks a key service.
//!
//! Whichever it is, it is read once at the start and kept in memory alone. A credential and a command may say the key as 32 bytes, as 64
//! hex digits or as 44 signs of base64, since that is what tools print; anything else is refused and never shown.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::root::{KeyFault, ROOT_KEY_BYTES, ROOT_KEY_FILE, RootKey};
use super::seal::Key;

/// A key service is asked over the network, with its own tries: half a minute is patient, and a service manager still sees a failed start.
const COMMAND_WAIT: Duration = Duration::from_secs(30);
/// The longest spelling of a key with its line end, and some more, so that too much is noticed without reading all of it.
const MAX_SAID_BYTES: usize = 256;
/// Where systemd says that it put a service's credentials.
const CREDENTIALS_FOLDER: &str = "CREDENTIALS_DIRECTORY";

/// Where the root key is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RootSource {
    /// `root.key` in the data folder, made at the first start.
    #[default]
    File,
    /// The credential `root.key` of the service (`LoadCredential=`, `LoadCredentialEncrypted=`).
    Credential,
    /// What this program with these words prints. No shell stands between.
    Command(Vec<String>),
}

/// Why a command gave no root key. What it printed is never part of the reason.
#[derive(Debug, thiserror::Error)]
pub enum CommandFault {
    #[error("it cannot be run: {0}")]
    NotRun(std::io::Error),
    #[error("it ended with {0}; run it by hand to see why")]
    Failed(std::process::ExitStatus),
    #[error("it did not end within {} seconds and was stopped", .0.as_secs())]
    TooSlow(Duration),
    #[error("it printed more than a key")]
    TooMuch,
    #[error("what it printed is not a root key: 32 bytes, 64 hex digits or 44 signs of base64, and nothing else")]
    NoKey,
}

impl RootSource {
    /// The root key from there. Only a file is made where there is none.
    pub fn read_or_begin(&self, folder: &Path) -> Result<RootKey, KeyFault> {
        match self {
            Self::File => RootKey::load_or_create(folder),
            _ => self.read(folder),
        }
    }

    /// The root key from there.
    pub fn read(&self, folder: &Path) -> Result<RootKey, KeyFault> {
        match self {
            Self::File => RootKey::load(folder),
            Self::Credential => {
                let folder = std::env::var_os(CREDENTIALS_FOLDER).ok_or(KeyFault::NoCredentials)?;
                read_credential(&Path::new(&folder).join(ROOT_KEY_FILE))
            }
            Self::Command(words) => ask(words, COMMAND_WAIT).map_err(|why| KeyFault::Command {
                program: words.first().cloned().unwrap_or_default(),
                why,
            }),
        }
    }

    /// In a word, for whoever lists the keys. A command's words may hold what is not for everybody.
    pub fn said(&self) -> &'static str {
        match self {
            Self::File => "file root.key",
            Self::Credential => "systemd credential root.key",
            Self::Command(_) => "root_key_command",
        }
    }
}

/// Reads a root key that an operator wrote into a file, in any of its spellings.
pub fn read_root_file(path: &Path) -> Result<RootKey, KeyFault> {
    read_spelt(path, 0o077)
}

/// systemd gives a service its credentials either as their owner or by an access list, which shows as a right of the group.
fn read_credential(path: &Path) -> Result<RootKey, KeyFault> {
    read_spelt(path, 0o007)
}

fn read_spelt(path: &Path, others: u32) -> Result<RootKey, KeyFault> {
    let file = || path.display().to_string();
    let io = |source| KeyFault::Io { file: file(), source };
    let opened = std::fs::File::open(path).map_err(io)?;
    let mode = opened.metadata().map_err(io)?.permissions().mode() & 0o777;
    if mode & others != 0 {
        return Err(KeyFault::Exposed { file: file(), mode });
    }
    let mut said = Zeroizing::new(Vec::with_capacity(MAX_SAID_BYTES));
    opened.take(MAX_SAID_BYTES as u64).read_to_end(&mut said).map_err(io)?;
    spelt(&said).ok_or_else(|| KeyFault::Malformed { file: file() })
}

/// Runs the command once, without a shell and without input, and reads the key that it prints.
fn ask(words: &[String], patience: Duration) -> Result<RootKey, CommandFault> {
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| CommandFault::NotRun(std::io::ErrorKind::NotFound.into()))?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // It may say there what nobody should read in our log.
        .stderr(Stdio::null())
        // A group of its own, so that whatever it started can be stopped with it.
        .process_group(0)
        .spawn()
        .map_err(CommandFault::NotRun)?;
    let out = child.stdout.take().expect("its stdout is piped");
    let group = child.id();
    let (told, answer) = std::sync::mpsc::sync_channel(1);
    // Both waits, for the output's end and for the command's, are on this thread; whoever asked waits for the answer and no longer.
    std::thread::spawn(move || {
        let mut said = Zeroizing::new(Vec::with_capacity(MAX_SAID_BYTES + 1));
        let read = out.take(MAX_SAID_BYTES as u64 + 1).read_to_end(&mut said);
        // The pipe is closed now: a command that wants to say more ends by it.
        let ended = read.and_then(|_| child.wait());
        let _ = told.send((said, ended)); // nobody listens any more after the wait
    });
    match answer.recv_timeout(patience) {
        Err(_) => {
            stop_group(group);
            Err(CommandFault::TooSlow(patience))
        }
        Ok((said, _)) if said.len() > MAX_SAID_BYTES => {
            stop_group(group);
            Err(CommandFault::TooMuch)
        }
        Ok((_, Err(why))) => Err(CommandFault::NotRun(why)),
        Ok((_, Ok(status))) if !status.success() => Err(CommandFault::Failed(status)),
        Ok((said, Ok(_))) => spelt(&said).ok_or(CommandFault::NoKey),
    }
}

/// Ends a command with everything it started.
fn stop_group(group: u32) {
    let id = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(id) = id {
        // Gone already is as good.
        let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
    }
}

/// A key in one of its spellings. A line end behind the last sign is what tools print.
fn spelt(said: &[u8]) -> Option<RootKey> {
    let mut bytes = Zeroizing::new([0; ROOT_KEY_BYTES]);
    if said.len() == ROOT_KEY_BYTES {
        bytes.copy_from_slice(said);
    } else {
        let line = said.strip_suffix(b"\n").unwrap_or(said);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line.len() {
            64 => {
                for (byte, pair) in bytes.iter_mut().zip(line.chunks(2)) {
                    *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
                }
            }
            44 => {
                let decoded = Zeroizing::new(STANDARD.decode(line).ok()?);
                *bytes = <[u8; ROOT_KEY_BYTES]>::try_from(decoded.as_slice()).ok()?;
            }
            _ => return None,
        }
    }
    Some(RootKey::from_key(Key::from_bytes(*bytes)))
}

fn hex_digit(sign: u8) -> Option<u8> {
    char::from(sign).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    fn key() -> [u8; 32] {
        std::array::from_fn(|n| u8::try_from(n).expect("small"))
    }

    fn is_key(read: &RootKey) -> bool {
        *read.key().bytes() == key()
    }

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    fn refused(script: &str) -> CommandFault {
        ask(&shell(script), Duration::from_secs(20)).expect_err(script)
    }

    #[test]
    fn a_key_is_read_in_each_of_its_spellings_and_in_no_other() {
        let line = |text: &str| text.as_bytes().to_vec();
        for said in [
            key().to_vec(),
            line(HEX),
            line(&format!("{HEX}\n")),
            line(BASE64),
            line(&format!("{BASE64}\r\n")),
        ] {
            assert!(spelt(&said).is_some_and(|read| is_key(&read)), "{said:?}");
        }
        for said in [
            line(""),
            line("\n"),
            key()[..31].to_vec(),
            [&key()[..], b"\n"].concat(),
            line(&HEX[..62]),
            line(&format!("{HEX}\n\n")),
            line(&format!(" {HEX}")),
            line(&HEX.replace('a', "g")),
            line(&BASE64.replace('A', "*")),
            line(&"a".repeat(44)),
        ] {
            assert!(spelt(&said).is_none(), "{said:?}");
        }
    }

    #[test]
    fn a_command_gives_the_key_that_it_prints_whatever_it_says_beside_it() {
        for script in [
            format!("printf %s {HEX}"),
            format!("echo {BASE64}; echo warning >&2"),
            // What is read is what was printed, however it came.
            format!("printf %s {}; printf %s {}", &HEX[..10], &HEX[10..]),
        ] {
            let read = ask(&shell(&script), Duration::from_secs(20)).expect(&script);
            assert!(is_key(&read), "{script}");
        }
    }

    #[test]
    fn a_command_that_fails_says_too_little_or_too_much_is_refused_by_name() {
        assert!(
            matches!(refused(&format!("echo {HEX}; exit 1")), CommandFault::Failed(status) if status.code() == Some(1))
        );
        for noise in [
            "true".to_owned(),
            format!("echo {}", &HEX[2..]),
            format!("echo {HEX}00"),
            format!("echo the key is {HEX}"),
        ] {
            assert!(matches!(refused(&noise), CommandFault::NoKey), "{noise}");
        }
        assert!(matches!(refused("while :; do echo noise; done"), CommandFault::TooMuch));
        let nothing = ask(&["/nowhere/at/all".to_owned()], Duration::from_secs(20));
        assert!(matches!(nothing, Err(CommandFault::NotRun(_))));
        assert!(matches!(ask(&[], Duration::from_secs(1)), Err(CommandFault::NotRun(_))));
    }

    /// The one that hangs has a child that holds the pipe open: both are stopped.
    #[test]
    fn a_command_that_does_not_end_is_stopped_with_all_that_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let pids = folder.path().join("pids");
        let script = format!("sleep 600 & echo $! $$ > {}; wait", pids.display());
        let refused = ask(&shell(&script), Duration::from_millis(500)).expect_err("it hangs");
        assert!(matches!(refused, CommandFault::TooSlow(_)));
        let pids = std::fs::read_to_string(pids).unwrap();
        assert_eq!(pids.split_whitespace().count(), 2);
        let is_gone = |pid: &str| {
            // A stopped process may still be waited for by whoever adopted it; it runs no more.
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
            matches!(state, None | Some('Z' | 'X'))
        };
        let begun = std::time::Instant::now();
        for pid in pids.split_whitespace() {
            while !is_gone(pid) {
                assert!(begun.elapsed() < Duration::from_secs(20), "{pid} goes on");
                std::thread::yield_now();
            }
        }
    }

    #[test]
    fn no_reason_shows_what_a_command_printed() {
        for script in [format!("echo {HEX}; exit 3"), format!("echo not {HEX}")] {
            let fault = KeyFault::Command {
                program: "sh".to_owned(),
                why: refused(&script),
            };
            for text in [format!("{fault}"), format!("{fault:?}")] {
                assert!(!text.contains(&HEX[..16]), "{text}");
            }
        }
    }

    #[test]
    fn a_credential_may_be_given_to_a_group_and_never_to_everybody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(ROOT_KEY_FILE);
        std::fs::write(&path, key()).unwrap();
        for (mode, may) in [(0o400, true), (0o440, true), (0o444, false), (0o644, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read_credential(&path).is_ok_and(|read| is_key(&read)), may, "{mode:o}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, [7; 31]).unwrap();
        assert!(matches!(read_credential(&path), Err(KeyFault::Malformed { .. })));
        let missing = read_credential(&folder.path().join("nothing"));
        assert!(matches!(missing, Err(KeyFault::Io { .. })));
    }
}
