//! The suite that every database has to pass.
