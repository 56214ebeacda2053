//! Recovery codes: for the day the phone is lost. Ten, each good once, shown once; what is kept is a hash.
//!
//! A code has 80 random bits, so that a plain hash tells a thief of the database nothing. The account's id goes into the hash: the same
//! code of two accounts would look different.

use protocol::{AccountId, Private};
use sha2::{Digest, Sha256};

use super::secret;
use crate::limits;

/// Crockford's base32: no letter that looks like a digit.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Five bits each.
const CODE_SIGNS: usize = 16;

/// New codes as they are shown, and what is kept of them.
pub(super) fn draw(account: AccountId) -> (Vec<Private<String>>, Vec<[u8; 32]>) {
    let one = || {
        let bytes: [u8; CODE_SIGNS] = secret::random();
        bytes
            .iter()
            .map(|byte| char::from(SIGNS[usize::from(byte & 31)]))
            .collect::<String>()
    };
    let codes: Vec<String> = (0..limits::RECOVERY_CODES).map(|_| one()).collect();
    let hashes = codes.iter().map(|code| hash(account, code)).collect();
    (codes.iter().map(|code| Private(grouped(code))).collect(), hashes)
}

/// What is kept of a code that somebody typed; none where it cannot be one.
pub(super) fn read(account: AccountId, typed: &str) -> Option<[u8; 32]> {
    let signs = typed
        .chars()
        .filter(|sign| !sign.is_whitespace() && *sign != '-')
        .map(|sign| match sign.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            sign => sign,
        });
    let code: String = signs.take(CODE_SIGNS + 1).collect();
    (code.len() == CODE_SIGNS && code.bytes().all(|sign| SIGNS.contains(&sign))).then(|| hash(account, &code))
}

fn hash(account: AccountId, code: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(account.bits().to_be_bytes())
        .chain_update(code)
        .finalize()
        .into()
}

fn grouped(code: &str) -> String {
    let groups: Vec<&str> = (0..code.len())
        .step_by(4)
        .map(|at| &code[at..code.len().min(at + 4)])
        .collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it_and_belongs_to_one_account() {
        let (account, other) = (AccountId::from_bits(1), AccountId::from_bits(2));
        let (codes, kept) = draw(account);
        assert_eq!(
            (codes.len(), kept.len()),
            (limits::RECOVERY_CODES, limits::RECOVERY_CODES)
        );
        for (code, hash) in codes.iter().zip(&kept) {
            let code = code.expose();
            assert_eq!(code.len(), 19, "{code}");
            for typed in [
                code.clone(),
                code.to_lowercase(),
                code.replace('-', " "),
                code.replace('0', "o").replace('1', "l"),
            ] {
                assert_eq!(read(account, &typed), Some(*hash), "{typed}");
            }
            assert_ne!(read(other, code), Some(*hash));
        }
        assert_eq!(kept.iter().collect::<std::collections::BTreeSet<_>>().len(), kept.len());
        for no_code in ["", "123456", "0000-0000-0000-000U", "0000-0000-0000-00000"] {
            assert_eq!(read(account, no_code), None, "{no_code}");
        }
    }
}
