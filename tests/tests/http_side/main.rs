//! The HTTP side from outside: a real server on a real socket, spoken to byte by byte.

mod first_run;
mod forms;
mod handshake;
mod headers;
mod links;
mod log;
mod origins;
mod sign_in;
mod tls;
mod world;
