//! Passphrases: what is accepted, and how one is kept (Argon2id) and checked.
//!
//! Long rather than complicated (NIST 800-63B): fifteen characters of any kind, no rules about digits, and not one of
//! those that guessers try first. Hashing is slow on purpose, so it runs beside the server's own work, at most one a core.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use protocol::Private;
use protocol::api::ProblemCode;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use super::guessable::own_signs;
use super::{No, secret};
use crate::limits;

/// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// What guessers try first among those long enough, one a line, without spaces and in lower case.
const COMMON: &str = include_str!("common_passphrases.txt");
/// A text that repeats something this short is no longer than what it repeats: the ten digits, a word.
const LONGEST_REPEATED: usize = 10;
/// What must be left of a passphrase without one's own name or address in it, and without the parts that guessers put together.
const LEAST_OWN: usize = 7;
/// Fewer different characters than this are a pattern on the keyboard.
const LEAST_DIFFERENT: usize = 6;

/// A new passphrase, in the one form it is hashed in. `close` are texts that guessers would begin with.
pub(crate) fn accept(text: &Private<String>, close: &[&Private<String>]) -> Result<Private<String>, No> {
    let text = normal(text)?;
    if text.expose().chars().count() < limits::MIN_PASSPHRASE_CHARS {
        return Err(No::field(
            "The passphrase is too short: at least 15 characters. A sentence is good.",
        ));
    }
    if is_common(text.expose())
        || close
            .iter()
            .any(|near| is_little_more_than(text.expose(), near.expose()))
    {
        return Err(No::field(
            "The passphrase would be guessed early. Take a sentence that only you would think of.",
        ));
    }
    Ok(text)
}

/// The same characters typed on another keyboard give the same bytes.
fn normal(text: &Private<String>) -> Result<Private<String>, No> {
    let too_long = || No::field("The passphrase is too long: at most 1024 bytes.");
    if text.expose().len() > limits::MAX_PASSPHRASE_BYTES {
        return Err(too_long());
    }
    let text: String = text.expose().nfc().collect();
    if text.len() > limits::MAX_PASSPHRASE_BYTES {
        Err(too_long())
    } else {
        Ok(Private(text))
    }
}

fn bare(text: &str) -> Vec<char> {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter(|sign| sign.is_alphanumeric())
        .collect()
}

fn is_common(text: &str) -> bool {
    let signs = bare(text);
    // Nothing but signs that are neither letters nor digits, in any script: judged as it stands.
    let signs = if signs.len() < LEAST_DIFFERENT {
        text.chars().collect()
    } else {
        signs
    };
    let different = signs.iter().collect::<std::collections::BTreeSet<_>>().len();
    let repeats = (1..=LONGEST_REPEATED).any(|length| signs.iter().zip(signs.iter().skip(length)).all(|(a, b)| a == b));
    let steps = |step: i64| {
        signs
            .windows(2)
            .all(|pair| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0])) == step)
    };
    let word: String = signs.iter().collect();
    let made_of_parts = || own_signs(&signs) < LEAST_OWN;
    different < LEAST_DIFFERENT
        || repeats
        || steps(1)
        || steps(-1)
        || COMMON.lines().any(|line| line == word)
        || made_of_parts()
}

/// The address or the name with a few characters more.
fn is_little_more_than(text: &str, near: &str) -> bool {
    let (text, near): (String, String) = (bare(text).iter().collect(), bare(near).iter().collect());
    near.chars().count() >= 3 && text.contains(&near) && text.replace(&near, "").chars().count() < LEAST_OWN
}

/// Hashes and checks, beside the server's own work.
#[derive(Debug, Clone)]
pub(crate) struct Hasher {
    cores: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Checked in place of an account that does not exist, so that its absence takes as long as a wrong passphrase.
    nobody: Arc<str>,
    /// How often Argon2 ran.
    runs: Arc<AtomicU64>,
}

impl Hasher {
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            cores: Arc::new(Semaphore::new(cores)),
            waiting: Arc::new(Semaphore::new(limits::MAX_WAITING_HASHES)),
            nobody: nobodys().into(),
            runs: Arc::default(),
        }
    }

    /// How often Argon2 ran, for whatever reason.
    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// The PHC form of an accepted passphrase.
    pub(crate) async fn hash(&self, accepted: Private<String>) -> Result<Private<String>, No> {
        self.runs.fetch_add(1, Ordering::Relaxed);
        self.beside(move || hash(&accepted)).await
    }

    /// Whether `typed` is the passphrase behind `kept`; for nobody, the same work and no.
    pub(crate) async fn check(&self, typed: &Private<String>, kept: Option<Private<String>>) -> Result<bool, No> {
        // Too long to be anybody's: cut to its bound, so that it costs the same and fits nothing.
        let (typed, possible) = match normal(typed) {
            Ok(typed) => (typed, kept.is_some()),
            Err(_) => (Private(String::new()), false),
        };
        let nobody = Arc::clone(&self.nobody);
        self.runs.fetch_add(1, Ordering::Relaxed);
        let fits = self.beside(move || {
            let phc = kept.as_ref().map_or(&*nobody, |kept| kept.expose().as_str());
            PasswordHash::new(phc).is_ok_and(|phc| argon2().verify_password(typed.expose().as_bytes(), &phc).is_ok())
        });
        Ok(fits.await? && possible)
    }

    /// Run slow work on a core of its own, after those who came before.
    pub(crate) async fn beside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, No> {
        let _waiting = Arc::clone(&self.waiting)
            .try_acquire_owned()
            .map_err(|_| No::from(ProblemCode::TooFast))?;
        let core = Arc::clone(&self.cores)
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let run = move || {
            // Held by the work itself: a caller who hangs up does not free the core that is still busy.
            let _core = core;
            work()
        };
        tokio::task::spawn_blocking(run)
            .await
            .map_err(|_| No::from(ProblemCode::Internal))
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("the parameters are constants within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(accepted: &Private<String>) -> Private<String> {
    let salt: [u8; 16] = secret::random();
    let phc = argon2().hash_password_with_salt(accepted.expose().as_bytes(), &salt);
    Private(
        phc.expect("1 KiB of passphrase and 16 bytes of salt are within Argon2's limits")
            .to_string(),
    )
}

/// What nobody's passphrase hashes to: drawn, in the form of one that was hashed. A start need not hash for it.
fn nobodys() -> String {
    let [salt, output] = [
        STANDARD_NO_PAD.encode(secret::random::<16>()),
        STANDARD_NO_PAD.encode(secret::random::<32>()),
    ];
    format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1${salt}${output}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        let email = Private::from("ana.novak@example.org");
        accept(&text.into(), &[&email]).is_err()
    }

    #[test]
    fn any_fifteen_characters_will_do_up_to_a_kibibyte() {
        for good in [
            "the kettle sings low",
            "😀🌧🎈🦉🧵🪁🥐🚲🌵🧊🎻🪴🫖🧭🛶",
            "Ein Löffel im Regen",
            "  leading and trailing  ",
            "山の上で猫が笛を吹いている夜明け",
            &"correct horse battery ".repeat(46),
        ] {
            assert!(!refused(good), "{good}");
        }
        assert!(refused("fourteen chars"));
        assert!(refused(&"kettle sings low ".repeat(61)), "over 1024 bytes");
    }

    #[test]
    fn what_guessers_try_first_is_refused() {
        for common in [
            "passwordpassword",
            "Password Password 1",
            "123456789012345",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "qwertyuiopasdfgh",
            "abcdefghijklmnop",
            "987654321098765",
            "correct horse battery staple",
            "...............",
            "to be or not to be",
            "ana.novak@example.org",
            "ananovakexampleorg1!",
            "1q2w3e4r5t6y7u8i",
        ] {
            assert!(refused(common), "{common}");
        }
    }

    /// The table of ASVS V6.2.4: three thousand passphrases that are long enough and that guessers make early, by the rules that people use.
    /// The words are ours: what anybody names who is asked for a bad password.
    fn three_thousand() -> std::collections::BTreeSet<String> {
        const BASES: [&str; 48] = [
            "password",
            "passw0rd",
            "p4ssword",
            "qwerty",
            "qwertyuiop",
            "azerty",
            "asdfghjkl",
            "zxcvbnm",
            "letmein",
            "welcome",
            "iloveyou",
            "admin",
            "administrator",
            "dragon",
            "monkey",
            "football",
            "baseball",
            "basketball",
            "sunshine",
            "princess",
            "superman",
            "batman",
            "starwars",
            "pokemon",
            "shadow",
            "master",
            "michael",
            "jennifer",
            "jordan",
            "hunter",
            "liverpool",
            "chelsea",
            "barcelona",
            "freedom",
            "whatever",
            "trustno1",
            "changeme",
            "secret",
            "computer",
            "internet",
            "summer",
            "winter",
            "london",
            "berlin",
            "jesus",
            "family",
            "chocolate",
            "butterfly",
        ];
        let cased = |word: &str, n: usize| match n % 3 {
            0 => word.to_owned(),
            1 => word[..1].to_uppercase() + &word[1..],
            _ => word.to_uppercase(),
        };
        let mut all = std::collections::BTreeSet::new();
        for (n, base) in BASES.iter().enumerate() {
            let other = BASES[(n * 7 + 5) % BASES.len()];
            for year in (1960..=2026).step_by(3) {
                all.insert(format!("{}{other}{year}", cased(base, year)));
                all.insert(format!("{} {} {year}!", cased(base, n), cased(other, n)));
            }
            for end in [
                "1", "12", "123", "1234", "12345", "123456", "1!", "123!", "!!!", "?", "69", "007", "2024", "@2025",
                "#1",
            ] {
                all.insert(format!("{base}{base}{end}"));
                all.insert(format!("{0}-{0}-{0}{end}", cased(base, n + 1)));
                all.insert(format!("{end}{}{other}{base}", cased(base, n)));
                all.insert(format!("{}_{end}_qwertyuiop", cased(base, n)));
            }
        }
        all.retain(|text| text.chars().count() >= limits::MIN_PASSPHRASE_CHARS);
        all
    }

    #[test]
    fn t9_three_thousand_passphrases_that_guessers_make_by_rule_are_refused_and_sentences_are_not() {
        let mut all = three_thousand();
        all.extend(COMMON.lines().map(str::to_owned));
        let through: Vec<&String> = all.iter().filter(|text| !refused(text)).collect();
        assert!(through.is_empty(), "{} of {}: {through:?}", through.len(), all.len());
        assert!(all.len() >= 3_000, "{}", all.len());
        // Sentences of one's own, a famous word in them or not, and words by lot.
        let own = [
            "the dragon forgot his umbrella",
            "my password is a walrus in a bathtub",
            "vivid ladder morsel anchor",
            "zwei Esel tanzen im Keller",
            "tres cucharas y un paraguas",
            "7 geese landed on the roof in 1987",
            "summer rain smells of tin",
            "nobody tells the baker about Monday",
        ];
        let kept_out: Vec<&&str> = own.iter().filter(|text| refused(text)).collect();
        assert!(kept_out.is_empty(), "{kept_out:?}");
        println!(
            "T9, common passphrases: N = {}, all refused (3/N = {:.4}); {} sentences accepted",
            all.len(),
            3.0 / all.len() as f64,
            own.len()
        );
    }

    /// Nothing is cut off: a passphrase of any length up to the bound is told from the same one with another last sign.
    #[tokio::test]
    async fn t9_of_128_signs_and_of_faces_every_one_counts() {
        let hasher = Hasher::new();
        let faces = "😀🌧🎈🦉🧵🪁🥐🚲🌵🧊🎻🪴🫖🧭🛶";
        let long = "quiet lantern ".repeat(10)[..127].to_owned() + "é";
        assert_eq!((long.chars().count(), faces.chars().count()), (128, 15));
        for text in [long.as_str(), faces] {
            let kept = hasher.hash(accept(&text.into(), &[]).unwrap()).await.unwrap();
            let cut: String = text.chars().take(text.chars().count() - 1).collect();
            for (typed, fits) in [
                (text.to_owned(), true),
                (format!("{cut}x"), false),
                (cut, false),
                (format!("{text} "), false),
            ] {
                let typed = Private(typed);
                assert_eq!(hasher.check(&typed, Some(kept.clone())).await, Ok(fits));
            }
        }
    }

    #[test]
    fn every_line_of_the_list_is_in_the_form_it_is_compared_in() {
        for line in COMMON.lines() {
            assert_eq!(bare(line).iter().collect::<String>(), line);
            assert!(
                line.chars().count() >= limits::MIN_PASSPHRASE_CHARS,
                "{line} is too short to be asked about"
            );
        }
    }

    #[tokio::test]
    async fn only_the_same_passphrase_fits_and_nobody_has_one() {
        let hasher = Hasher::new();
        let kept = hasher
            .hash(accept(&"Ein Lo\u{308}ffel im Regen".into(), &[]).unwrap())
            .await
            .unwrap();
        assert!(kept.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let nobodys = PasswordHash::new(&hasher.nobody).expect("what nobody has is in the form of what somebody has");
        let somebodys = PasswordHash::new(kept.expose()).unwrap();
        assert_eq!(nobodys.params, somebodys.params, "or it would be other work");
        assert_eq!(hasher.nobody.len(), kept.expose().len());
        for (typed, fits) in [
            ("Ein L\u{f6}ffel im Regen", true),
            ("ein Löffel im Regen", false),
            ("", false),
        ] {
            assert_eq!(
                hasher.check(&typed.into(), Some(kept.clone())).await,
                Ok(fits),
                "{typed}"
            );
            assert_eq!(hasher.check(&typed.into(), None).await, Ok(false));
        }
        assert_eq!(hasher.check(&"x".repeat(1025).into(), Some(kept)).await, Ok(false));
    }

    #[tokio::test]
    async fn more_than_the_bound_do_not_wait() {
        let hasher = Hasher::new();
        let _taken = Arc::clone(&hasher.waiting)
            .acquire_many_owned(u32::try_from(limits::MAX_WAITING_HASHES).unwrap())
            .await;
        assert_eq!(
            hasher.check(&"x".into(), None).await.unwrap_err().problem.code,
            ProblemCode::TooFast
        );
    }
}
