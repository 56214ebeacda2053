//! The recovery key: 160 random bits on paper, as eight groups of four characters.
//!
//! It opens `root.recovery`, which holds the root key sealed under a key made from it (Argon2id). Whoever has the data folder and
//! this paper can read everything: it brings back a lost `root.key`, and it proves the operator when a passphrase is lost.

use std::fmt;
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use protocol::Private;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::root::{KeyFault, Replace, RootKey, read_secret, write_secret};
use super::seal::{Context, Key, draw};

/// The file's name in the data folder.
pub(super) const RECOVERY_FILE: &str = "root.recovery";
/// The file of a root key that is about to take its place.
pub(super) const NEXT_RECOVERY_FILE: &str = "root.recovery.next";
/// Bits are read off in fives; the signs leave out I, L, O and U, which are misread or mistyped.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Signs of a recovery key: 32 × 5 = 160 bits.
const SIGN_COUNT: usize = 32;
/// Signs of a group.
const GROUP: usize = 4;
/// First byte of the file, so that a later format can be told apart.
const FORMAT: u8 = 1;
const SALT_BYTES: usize = 16;
const LAST_GROUP_TAG_BYTES: usize = 32;
/// 24 bytes of nonce, 32 of key, 16 of tag.
const WRAPPED_BYTES: usize = 72;
const FILE_BYTES: usize = 1 + SALT_BYTES + LAST_GROUP_TAG_BYTES + WRAPPED_BYTES;
/// 160 random bits need no stretching; this only makes the file as dear to try as a good passphrase. RFC 9106's second choice has
/// 64 MiB; 19 MiB and two passes (OWASP's floor) keep recovery possible on the smallest machine.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Why a recovery did not happen.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryFault {
    /// Not eight groups of four known signs.
    #[error("this is not a recovery key: it has eight groups of four letters and digits")]
    Malformed,
    /// It does not open this folder's recovery file.
    #[error("this recovery key does not belong to this server")]
    Wrong,
    /// No recovery key was made for this folder.
    #[error("no recovery key was made for this server")]
    NoneMade,
    /// The file is damaged.
    #[error("the recovery file is damaged")]
    Damaged,
    /// A file could not be read or written, or a root key is there already.
    #[error(transparent)]
    File(#[from] KeyFault),
}

/// A recovery key as it is shown, once.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryKey(Zeroizing<String>);

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryKey([private])")
    }
}

impl RecoveryKey {
    /// Eight groups of four, with hyphens between them.
    pub fn shown(&self) -> Private<String> {
        let groups: Vec<&str> = (0..SIGN_COUNT)
            .step_by(GROUP)
            .map(|at| &self.0[at..at + GROUP])
            .collect();
        Private(groups.join("-"))
    }

    fn draw() -> Self {
        let mut bytes = Zeroizing::new([0; SIGN_COUNT]);
        draw(&mut *bytes);
        // 256 is a multiple of 32: the low five bits of a random byte are evenly spread.
        let signs = bytes.iter().map(|byte| char::from(SIGNS[usize::from(byte & 31)]));
        Self(Zeroizing::new(signs.collect()))
    }

    fn read(text: &str) -> Result<Self, RecoveryFault> {
        let signs = read_signs(text).ok_or(RecoveryFault::Malformed)?;
        if signs.len() == SIGN_COUNT {
            Ok(Self(signs))
        } else {
            Err(RecoveryFault::Malformed)
        }
    }

    /// The key that seals the root key. Slow on purpose.
    fn stretch(&self, salt: &[u8]) -> Key {
        let params =
            Params::new(MEMORY_KIB, PASSES, 1, Some(32)).expect("the parameters are constants within Argon2's limits");
        let mut bytes = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(self.0.as_bytes(), salt, &mut bytes)
            .expect("32 signs and 16 bytes of salt are within Argon2's limits");
        Key::from_bytes(bytes)
    }
}

/// Makes a recovery key for this folder's root key; an earlier one stops working.
pub fn make_recovery(folder: &Path, root: &RootKey) -> Result<RecoveryKey, RecoveryFault> {
    make_recovery_in(folder, RECOVERY_FILE, root)
}

pub(super) fn make_recovery_in(folder: &Path, name: &str, root: &RootKey) -> Result<RecoveryKey, RecoveryFault> {
    let recovery = RecoveryKey::draw();
    let mut salt = [0; SALT_BYTES];
    draw(&mut salt);
    let mut file = Vec::with_capacity(FILE_BYTES);
    file.push(FORMAT);
    file.extend_from_slice(&salt);
    file.extend_from_slice(&last_group_tag(root, &recovery.0[SIGN_COUNT - GROUP..]));
    file.extend_from_slice(&recovery.stretch(&salt).wrap(&place(), root.key()));
    write_secret(folder, name, &file, Replace::Old)?;
    Ok(recovery)
}

/// Whether this text is the folder's recovery key.
pub fn check_recovery(folder: &Path, text: &Private<String>) -> Result<(), RecoveryFault> {
    opened(folder, text).map(|_| ())
}

/// Whether these are the last four signs of the folder's recovery key: the operator has looked at it.
/// The file holds only a tag under the root key, so that it gives away nothing to someone without it.
pub fn check_last_group(folder: &Path, root: &RootKey, text: &Private<String>) -> Result<bool, RecoveryFault> {
    let file = File::read(folder)?;
    let Some(signs) = read_signs(text.expose()) else {
        return Ok(false);
    };
    Ok(file.last_group.ct_eq(&last_group_tag(root, &signs)).into())
}

/// Brings a lost `root.key` back. Refuses to replace one that is there.
pub fn restore_root(folder: &Path, text: &Private<String>) -> Result<RootKey, RecoveryFault> {
    let root = opened(folder, text)?;
    root.store(folder)?;
    Ok(root)
}

fn opened(folder: &Path, text: &Private<String>) -> Result<RootKey, RecoveryFault> {
    let recovery = RecoveryKey::read(text.expose())?;
    let file = File::read(folder)?;
    let key = recovery
        .stretch(&file.salt)
        .unwrap(&place(), &file.wrapped)
        .map_err(|_| RecoveryFault::Wrong)?;
    Ok(RootKey::from_key(key))
}

/// The file's parts.
struct File {
    salt: [u8; SALT_BYTES],
    last_group: [u8; LAST_GROUP_TAG_BYTES],
    wrapped: [u8; WRAPPED_BYTES],
}

impl File {
    fn read(folder: &Path) -> Result<Self, RecoveryFault> {
        let bytes = read_secret(&folder.join(RECOVERY_FILE), FILE_BYTES).map_err(|fault| match fault {
            KeyFault::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => RecoveryFault::NoneMade,
            other => RecoveryFault::File(other),
        })?;
        let parts = || {
            let rest = bytes.strip_prefix(&[FORMAT])?;
            let (salt, rest) = rest.split_first_chunk()?;
            let (last_group, rest) = rest.split_first_chunk()?;
            Some(Self {
                salt: *salt,
                last_group: *last_group,
                wrapped: rest.try_into().ok()?,
            })
        };
        parts().ok_or(RecoveryFault::Damaged)
    }
}

fn place() -> Context {
    Context::of("rondo.recovery.1")
}

fn last_group_tag(root: &RootKey, signs: &str) -> [u8; LAST_GROUP_TAG_BYTES] {
    root.key().derive("rondo.recovery.last-group.1").tag(signs.as_bytes())
}

/// The signs of a text as a person types it: any case, hyphens and spaces anywhere, look-alikes forgiven.
fn read_signs(text: &str) -> Option<Zeroizing<String>> {
    // Longer than any spelling of a key: not worth reading.
    const LONGEST: usize = 256;
    if text.len() > LONGEST {
        return None;
    }
    let mut signs = Zeroizing::new(String::with_capacity(LONGEST));
    for sign in text.chars().filter(|sign| !sign.is_whitespace() && *sign != '-') {
        let sign = match sign.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let known = u8::try_from(sign).is_ok_and(|byte| SIGNS.contains(&byte));
        if !known {
            return None;
        }
        signs.push(sign);
    }
    Some(signs)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::ROOT_KEY_FILE;
    use super::*;

    struct Ground {
        folder: tempfile::TempDir,
        root: RootKey,
        paper: Private<String>,
    }

    fn ground() -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let root = RootKey::load_or_create(folder.path()).unwrap();
        let paper = make_recovery(folder.path(), &root).unwrap().shown();
        Ground { folder, root, paper }
    }

    #[test]
    fn a_recovery_key_is_eight_groups_of_four_readable_signs() {
        let shown = ground().paper.into_exposed();
        let groups: Vec<&str> = shown.split('-').collect();
        assert_eq!(groups.len(), 8);
        assert!(
            groups
                .iter()
                .all(|group| group.len() == 4 && group.bytes().all(|sign| SIGNS.contains(&sign)))
        );
        assert!(!SIGNS.iter().any(|sign| b"ILOU".contains(sign)));
    }

    #[test]
    fn a_lost_root_key_comes_back_from_the_paper() {
        let ground = ground();
        let folder = ground.folder.path();
        fs::remove_file(folder.join(ROOT_KEY_FILE)).unwrap();
        assert!(
            matches!(RootKey::load_or_create(folder), Err(KeyFault::Lost { .. })),
            "no second key hides the loss"
        );
        let restored = restore_root(folder, &ground.paper).unwrap();
        assert_eq!(restored.key().bytes(), ground.root.key().bytes());
        assert_eq!(RootKey::load(folder).unwrap().key().bytes(), ground.root.key().bytes());
        assert!(
            restore_root(folder, &ground.paper).is_err(),
            "a root key that is there is never replaced"
        );
    }

    #[test]
    fn the_paper_is_read_as_people_type_it() {
        let ground = ground();
        let typed = ground
            .paper
            .expose()
            .to_lowercase()
            .replace('-', " ")
            .replace('0', "o")
            .replace('1', "l");
        assert!(check_recovery(ground.folder.path(), &Private(typed)).is_ok());
    }

    #[test]
    fn another_key_and_rubbish_are_told_apart_and_open_nothing() {
        let (ground, other) = (ground(), ground());
        let folder = ground.folder.path();
        assert!(matches!(
            check_recovery(folder, &other.paper),
            Err(RecoveryFault::Wrong)
        ));
        let long = "A".repeat(10_000);
        for rubbish in [
            "",
            "AAAA",
            "UUUU-UUUU-UUUU-UUUU-UUUU-UUUU-UUUU-UUUU",
            "ä",
            long.as_str(),
        ] {
            assert!(matches!(
                check_recovery(folder, &rubbish.into()),
                Err(RecoveryFault::Malformed)
            ));
        }
    }

    #[test]
    fn a_new_recovery_key_ends_the_old_one() {
        let ground = ground();
        let new = make_recovery(ground.folder.path(), &ground.root).unwrap().shown();
        assert!(check_recovery(ground.folder.path(), &new).is_ok());
        assert!(matches!(
            check_recovery(ground.folder.path(), &ground.paper),
            Err(RecoveryFault::Wrong)
        ));
    }

    #[test]
    fn the_last_group_shows_that_the_paper_was_looked_at() {
        let ground = ground();
        let folder = ground.folder.path();
        let last = ground.paper.expose().rsplit('-').next().unwrap().to_owned();
        let check = |text: &str| check_last_group(folder, &ground.root, &text.into()).unwrap();
        assert!(check(&last) && check(&last.to_lowercase()));
        assert!(!check(""));
        assert!(!check("!!!!"));
        assert!(!check(ground.paper.expose()));
        let changed: String = last.chars().map(|sign| if sign == 'A' { 'B' } else { 'A' }).collect();
        assert!(!check(&changed));
    }

    #[test]
    fn a_damaged_or_missing_recovery_file_is_a_fault_and_not_a_panic() {
        let ground = ground();
        let path = ground.folder.path().join(RECOVERY_FILE);
        let whole = fs::read(&path).unwrap();
        for length in [0, 1, FILE_BYTES - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            let checked = check_recovery(ground.folder.path(), &ground.paper);
            assert!(matches!(checked, Err(RecoveryFault::Damaged)), "{length}");
        }
        fs::write(&path, [whole.as_slice(), b"x"].concat()).unwrap();
        assert!(matches!(
            check_recovery(ground.folder.path(), &ground.paper),
            Err(RecoveryFault::Damaged)
        ));
        fs::remove_file(&path).unwrap();
        assert!(matches!(
            check_recovery(ground.folder.path(), &ground.paper),
            Err(RecoveryFault::NoneMade)
        ));
    }
}
