//! The program as a user runs it: a file for each thing that it does beside routes.

mod graph;
mod run;
mod settings;
mod shell;
