//! The HTTP side from outside: a real server on a real socket, spoken to byte by byte.

// `cfg(test)` on each: the lints' leave for `unwrap` in tests reaches helpers only inside such modules.
#[cfg(test)]
mod access;
#[cfg(test)]
mod accounts;
mod audit;
#[cfg(test)]
mod first_run;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod handshake;
#[cfg(test)]
mod headers;
#[cfg(all(test, feature = "mutants"))]
mod killed;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod links;
#[cfg(test)]
mod log;
#[cfg(test)]
mod members;
#[cfg(test)]
mod origins;
#[cfg(test)]
mod outside;
#[cfg(test)]
mod outside_attacked;
#[cfg(test)]
mod packs;
#[cfg(test)]
mod passkeys;
mod private_notes;
#[cfg(test)]
mod sign_in;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod way_back;
#[cfg(test)]
mod world;
