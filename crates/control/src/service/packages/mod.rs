//! The packages of the registry.

pub(crate) mod checked;

pub(crate) use checked::Checked;
