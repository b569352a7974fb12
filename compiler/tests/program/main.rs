//! The program as a user runs it: a file for each thing that it does beside routes.

mod ci;
mod escapes;
mod graph;
mod help;
mod migrate;
mod observe;
mod pipes;
mod run;
mod schema;
mod sendable;
mod settings;
mod shell;
mod unreachable;
mod write;
