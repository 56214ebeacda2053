//! `rondo pack …`: what people who write packs do with them. Everything that is said goes to the writer that is handed in.

mod diff;
mod template;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use protocol::api::PackFault;
use protocol::pack::{Pack, Setting};

use crate::config::Config;
use crate::keys::{SigningKey, fingerprint};
use crate::packs::exchange::{self, MAX_EXCHANGE_BYTES, MAX_SIGNER_CHARS, Refused};
use crate::packs::read_pack;

/// A pack's files by their names below its folder.
type Files = BTreeMap<String, Vec<u8>>;

/// What can be done with packs.
#[derive(Debug, Subcommand)]
pub enum PackCommand {
    /// Check a pack's folder and say everything that is wrong with it.
    Check {
        /// The folder with pack.toml in it.
        folder: PathBuf,
    },
    /// Begin a pack: a folder that passes the check, to be rewritten.
    New {
        /// The folder to make; its name is the pack's.
        folder: PathBuf,
        /// group, couple, individual or circle.
        #[arg(long, default_value = "group", value_parser = setting)]
        setting: Setting,
    },
    /// Say what differs between two packs.
    Diff {
        /// A pack's folder, or the name of one that comes with Rondo.
        first: PathBuf,
        /// Another.
        second: PathBuf,
    },
    /// Write a pack as one signed file. The key is made at first use, in the data folder.
    Export {
        /// A pack's folder, or the name of one that comes with Rondo.
        pack: PathBuf,
        /// The file to write; it must not be there yet.
        file: PathBuf,
        /// Who signs, as the receiver should read it.
        #[arg(long, default_value = "")]
        by: String,
    },
    /// Read a signed file, say who signed it, and write the pack's folder if it is unaltered and sound.
    Import {
        /// The file that was exported.
        file: PathBuf,
        /// The folder of packs to write into [default: the one in --packs]
        #[arg(long)]
        into: Option<PathBuf>,
    },
}

fn setting(word: &str) -> Result<Setting, String> {
    let value = serde_json::Value::String(word.to_owned());
    serde_json::from_value(value).map_err(|_| "Allowed: group, couple, individual, circle.".to_owned())
}

impl PackCommand {
    /// Does it. Only signing and importing look at the configuration.
    pub fn run(self, config: impl FnOnce() -> Result<Config, String>, say: &mut dyn Write) -> Result<(), String> {
        match self {
            Self::Check { folder } => check_pack(&folder, say),
            Self::New { folder, setting } => new_pack(&folder, setting, say),
            Self::Diff { first, second } => diff_packs(&first, &second, say),
            Self::Export { pack, file, by } => export(&pack, &file, &by, &config()?.data, say),
            Self::Import { file, into } => {
                let packs = match into {
                    Some(into) => Some(into),
                    None => config()?.packs,
                };
                let packs =
                    packs.ok_or("There is no folder of packs to write into: say which with --into or --packs.")?;
                import(&file, &packs, say)
            }
        }
    }
}

fn tell(say: &mut dyn Write, line: impl std::fmt::Display) -> Result<(), String> {
    writeln!(say, "{line}").map_err(|fault| format!("Nothing can be said here: {fault}."))
}

fn tell_faults(say: &mut dyn Write, faults: &[PackFault]) -> Result<(), String> {
    for fault in faults {
        let line = fault.line.map(|line| format!(":{line}")).unwrap_or_default();
        tell(
            say,
            format_args!("{}{line}: {} {}", fault.file, fault.fault, fault.hint),
        )?;
    }
    Ok(())
}

/// A pack's name and files: from its folder, or one that comes with Rondo.
fn find(place: &Path) -> Result<(String, Files), Vec<PackFault>> {
    let builtin = packfiles::builtin().iter().find(|(name, _)| Path::new(name) == place);
    match builtin.filter(|_| !place.is_dir()) {
        Some((name, files)) => Ok(((*name).to_owned(), Files::clone(files))),
        None => {
            let files = read_pack(place).map_err(|fault| vec![fault])?;
            Ok((name_of(place), files))
        }
    }
}

/// The name of a folder, also where it is said as `.` or `..`.
fn name_of(folder: &Path) -> String {
    let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    whole.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A sound pack, or its faults told.
fn sound(place: &Path, say: &mut dyn Write) -> Result<(Pack, Files), String> {
    let checked = find(place).and_then(|(name, files)| Ok((packfiles::load(&name, &files)?, files)));
    checked.or_else(|faults| {
        tell_faults(say, &faults)?;
        Err(format!("{} is broken; faults: {}.", place.display(), faults.len()))
    })
}

fn check_pack(folder: &Path, say: &mut dyn Write) -> Result<(), String> {
    let (pack, _) = sound(folder, say)?;
    let line = format!(
        "{} {} is whole: {} sessions, digest {}.",
        pack.id,
        pack.version,
        pack.session_count(),
        pack.digest
    );
    tell(say, line)
}

fn new_pack(folder: &Path, setting: Setting, say: &mut dyn Write) -> Result<(), String> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let files = template::files(&name, setting);
    // The name alone can be unfit; the rest of the template is sound.
    if let Err(faults) = packfiles::load(&name, &files) {
        tell_faults(say, &faults)?;
        return Err(format!("Nothing was written: {name} cannot be the name of a pack."));
    }
    write_folder(folder, &files)?;
    tell(
        say,
        format_args!(
            "{} is a pack that passes the check. Now write it anew: pack.toml, text/en.toml and README.md.",
            folder.display()
        ),
    )
}

fn diff_packs(first: &Path, second: &Path, say: &mut dyn Write) -> Result<(), String> {
    let (one, _) = sound(first, say)?;
    let (other, _) = sound(second, say)?;
    tell(
        say,
        format_args!("− {} {}\n+ {} {}", one.id, one.version, other.id, other.version),
    )?;
    let text = diff::diff(&one, &other);
    tell(
        say,
        if text.is_empty() {
            "\nThey are the same."
        } else {
            text.trim_end()
        },
    )
}

fn export(pack: &Path, file: &Path, by: &str, data: &Path, say: &mut dyn Write) -> Result<(), String> {
    if !exchange::is_signer(by) {
        return Err(format!(
            "--by is a name on one line, of at most {MAX_SIGNER_CHARS} characters."
        ));
    }
    let (sound, files) = sound(pack, say)?;
    crate::start::own_folder(data).map_err(|fault| format!("{} cannot be made: {fault}.", data.display()))?;
    let key = SigningKey::load_or_create(data).map_err(|fault| format!("The pack cannot be signed: {fault}."))?;
    let text = exchange::write(&sound.id, &files, by, &key).ok_or("README.md is not UTF-8; save it as UTF-8.")?;
    let mut options = fs::OpenOptions::new();
    let written = options.write(true).create_new(true).open(file).and_then(|mut out| {
        out.write_all(text.as_bytes())?;
        out.sync_all()
    });
    written.map_err(|fault| format!("{} cannot be written: {fault}.", file.display()))?;
    tell(
        say,
        format_args!("{} {} is in {}.", sound.id, sound.version, file.display()),
    )?;
    tell(say, format_args!("Signed with the key {}", fingerprint(key.public())))?;
    tell(
        say,
        "Tell the receiver this fingerprint by another way than the file, on the phone for instance.",
    )
}

fn import(file: &Path, packs: &Path, say: &mut dyn Write) -> Result<(), String> {
    let unreadable = |fault: std::io::Error| format!("{} cannot be read: {fault}.", file.display());
    let size = fs::metadata(file).map_err(unreadable)?.len();
    if size > MAX_EXCHANGE_BYTES as u64 {
        return Err(format!(
            "{} has {size} bytes; no pack is as large as that.",
            file.display()
        ));
    }
    let bytes = fs::read(file).map_err(unreadable)?;
    let received = exchange::read(&bytes).or_else(|refused| {
        if let Refused::Broken(faults) = &refused {
            tell_faults(say, faults)?;
        }
        Err(format!("Nothing was written. {refused}"))
    })?;
    let by = if received.by.is_empty() {
        "no name".to_owned()
    } else {
        format!("“{}”", received.by)
    };
    tell(
        say,
        format_args!("Signed under {by} with the key {}", received.fingerprint),
    )?;
    tell(
        say,
        "Compare the key with what the sender tells you; the name is only what they call themselves.",
    )?;
    let folder = packs.join(&received.pack.id);
    write_folder(&folder, &received.files)?;
    tell(
        say,
        format_args!(
            "{} {} is in {}. The server takes it up at its next start.",
            received.pack.id,
            received.pack.version,
            folder.display()
        ),
    )
}

/// Writes a folder whole or not at all: it is made under another name and then named. One that is there already stays.
fn write_folder(folder: &Path, files: &Files) -> Result<(), String> {
    if folder.symlink_metadata().is_ok() {
        return Err(format!(
            "{} is there already; nothing was written. Move it away first.",
            folder.display()
        ));
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let draft = folder.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let write = || {
        for (name, bytes) in files {
            let path = draft.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&draft))?;
            fs::write(path, bytes)?;
        }
        fs::rename(&draft, folder)
    };
    write().map_err(|fault| {
        let _ = fs::remove_dir_all(&draft);
        format!("{} cannot be written: {fault}.", folder.display())
    })
}

#[cfg(test)]
mod tests;
