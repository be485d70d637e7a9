//! The way to control: one HTTP exchange at a time, each in a child process.
#![forbid(unsafe_code)]

pub(crate) mod address;
pub(crate) mod backoff;
mod cas;
pub(crate) mod child;
pub(crate) mod connect;
pub(crate) mod courier;
pub(crate) mod exchange;
pub(crate) mod frame;
pub(crate) mod head;
mod http;
pub(crate) mod long_poll;
mod pin;
pub(crate) mod proxy;
pub(crate) mod route;
mod tls;
